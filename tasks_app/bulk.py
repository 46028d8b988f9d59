"""
Bulk: one thing done to many account tasks, each as if it were done alone.

The items are written down first, in one transaction. Then they are done batch by batch, each in a transaction of its
own that also ticks it off: a crash loses nothing, and nothing is done twice.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django_tasks import task

from clients_app import audit
from clients_app.callers import Caller
from clients_app.exceptions import Refusal
from clients_app.permissions import refusal_of
from tasks_app import clock, dispatch, engine, registration
from tasks_app.exceptions import BulkChangeFinished, MoreThanExpected, NothingChosen, NotUndoable
from tasks_app.models import AccountTask, BulkChange, BulkItem
from tasks_app.models.account_task import AccountTaskQuerySet
from tasks_app.models.bulk_change import UNDONE_BY, Verb
from tasks_app.models.task_run import Trigger

log = logging.getLogger(__name__)

MOST: Final = 10_000  # items of a bulk change
AT_ONCE: Final = 100  # items that need no worker
BATCH: Final = 100  # items of a delivery: a worker that is told to stop ends between two of them
LOST_AFTER: Final = timedelta(seconds=30)
KEPT: Final = timedelta(days=90)

GONE = "It was deleted meanwhile."
NOT_DELETED = "It is not deleted any more, or was deleted more than 30 days ago."
BROKEN = "An internal error has occurred; the operators can see it in the log."


def begin(*, account_tasks: AccountTaskQuerySet, verb: Verb, expected: int, by: Caller, now: datetime) -> BulkChange:
    """
    Write down what is to be done to the newest MOST of these account tasks, those of the caller's account. If there are
    more than AT_ONCE a worker does it; else whoever calls has to `finish` it.

    expected: how many whoever asks has seen. Raises MoreThanExpected and NothingChosen.
    """
    own = account_tasks.filter(account=by.account, deleted_at__isnull=True).order_by("-created_at", "-pk")
    keys = list(own.values_list("pk", flat=True)[:MOST])
    if len(keys) > expected:
        raise MoreThanExpected
    return _begin(keys, verb, by, now, None)


def undo(change: BulkChange, *, by: Caller, now: datetime) -> BulkChange:
    """A bulk change of what this one has really changed, the other way round. Raises NotUndoable."""
    with transaction.atomic():
        change = BulkChange.objects.select_for_update().get(pk=change.pk)
        if not change.is_undoable:
            raise NotUndoable
        keys = change.items.filter(is_changed=True).values_list("account_task_id", flat=True)
        return _begin(list(keys), UNDONE_BY[Verb(change.verb)], by, now, change)


def stop(change: BulkChange, *, by: Caller, now: datetime) -> None:
    """Leave the rest of the items as they are. Raises BulkChangeFinished."""
    with transaction.atomic():
        change = BulkChange.objects.select_for_update(of=("self",)).select_related("account").get(pk=change.pk)
        if change.is_finished:
            raise BulkChangeFinished
        _end(change, now, f"Stopped by {by.label}.", by)


def finish(change: BulkChange, *, now: datetime) -> None:
    """Do all of it now, if it is a small one; a worker does the others."""
    while change.size <= AT_ONCE and step(change, now=now):
        pass


def step(change: BulkChange, *, now: datetime, limit: int = BATCH) -> bool:
    """
    Do the next items, at most so many, and say whether there are more. The rights of the user are looked at again: if
    they are gone, so is the rest of the change. Any number of workers may call it.
    """
    change = BulkChange.objects.select_related("account", "user__account").get(pk=change.pk)
    if change.is_finished:
        return False
    by = Caller(user=change.user, address=change.address)
    if reason := _rights_lost(change):
        with transaction.atomic():
            _end(change, now, reason, by)
        return False
    to_do = change.items.filter(done_at__isnull=True).order_by("pk").values_list("pk", flat=True)
    for key in list(to_do[:limit]):
        _do(change, key, by, now)
    if to_do.exists():
        return not BulkChange.objects.get(pk=change.pk).is_finished
    BulkChange.objects.unfinished().filter(pk=change.pk).update(finished_at=now)
    return False


@task()
def carry_on(change_id: str) -> None:
    """A batch, and the delivery of the next one."""
    change = BulkChange.objects.unfinished().filter(pk=UUID(change_id)).first()
    if change and step(change, now=clock.now()):
        engine.deliver(engine.BULK, [change.pk], at=clock.now())


def sweep() -> int:
    """Deliver again what nobody has worked on and what is nowhere on its way. How many there were."""
    overdue = BulkChange.objects.unfinished().filter(worked_at__lt=clock.NOW - LOST_AFTER)
    waiting = set(overdue.values_list("pk", flat=True))
    lost = waiting - engine.on_their_way(engine.BULK) if waiting else set()
    engine.deliver(engine.BULK, lost, at=clock.now())
    return len(lost)


def prune(*, now: datetime) -> int:
    """Delete the oldest bulk change that is no longer kept, with its items. How many there were."""
    old = BulkChange.objects.filter(finished_at__lt=now - KEPT).order_by("created_at").first()
    if old is None:
        return 0
    old.delete()
    return 1


def _begin(keys: Sequence[UUID], verb: Verb, by: Caller, now: datetime, undo_of: BulkChange | None) -> BulkChange:
    if not keys:
        raise NothingChosen
    assert by.user is not None  # noqa: S101 (who has an account is a user)
    with transaction.atomic():
        change = BulkChange.objects.create(
            account=by.account,
            user=by.user,
            address=by.address,
            verb=verb,
            undo_of=undo_of,
            size=len(keys),
            created_at=now,
            worked_at=now,
        )
        BulkItem.objects.bulk_create(BulkItem(change=change, account_task_id=key) for key in keys)
        audit.record("bulk change begun", change, by=by, account=by.account)
        if change.size > AT_ONCE:
            engine.deliver(engine.BULK, [change.pk], at=now)
    return change


def _rights_lost(change: BulkChange) -> str:
    """Why the user may no longer do this; empty if there is no reason."""
    if change.user.account_id != change.account_id:
        return "The user is no longer one of this account."
    return refusal_of(change.user, "POST")


def _end(change: BulkChange, now: datetime, reason: str, by: Caller) -> None:
    before = audit.facts_of(change)
    change.finished_at, change.stopped_because = now, reason
    change.save(update_fields=["finished_at", "stopped_because"])
    audit.record("bulk change stopped", change, by=by, account=change.account, before=before)


def _do(change: BulkChange, key: int, by: Caller, now: datetime) -> None:
    """One item, unless another worker has done it or the change was stopped meanwhile."""
    to_do = BulkItem.objects.filter(pk=key, done_at__isnull=True, change__finished_at__isnull=True)
    with transaction.atomic():
        item = to_do.select_for_update(of=("self",)).first()
        if item is None:
            return
        try:
            with transaction.atomic():
                item.is_changed = _apply(change, item.account_task_id, by, now)
        except (OperationalError, InterfaceError):
            raise
        except Refusal as refusal:
            item.refusal = str(refusal)
        except AccountTask.DoesNotExist:
            item.refusal = NOT_DELETED if change.verb == Verb.RESTORE else GONE
        except Exception:  # one that can't be done must not stop the others
            log.exception("bulk change %s: account task %s can't be done", change.pk, item.account_task_id)
            item.refusal = BROKEN
        item.done_at = now
        item.save(update_fields=["done_at", "is_changed", "refusal"])
        count = "changed" if item.is_changed else "refused" if item.refusal else "unchanged"
        BulkChange.objects.filter(pk=change.pk).update(worked_at=now, **{count: F(count) + 1})


def _apply(change: BulkChange, key: UUID, by: Caller, now: datetime) -> bool:
    """Whether it has changed anything. Raises what the rooms raise."""
    if change.verb == Verb.RESTORE:
        deleted = AccountTask.objects.deleted_of(change.account, now).select_related("account")
        registration.restore(deleted.get(pk=key), by=by, now=now)
        return True
    own = AccountTask.objects.for_account(change.account).select_related("account")
    row = own.select_for_update(of=("self",)).get(pk=key)
    if change.verb == Verb.RUN:
        dispatch.run_now(row, trigger=Trigger.USER, by=by, now=now)
    elif change.verb == Verb.DELETE:
        registration.remove(row, by=by, now=now)
    elif row.is_enabled == (change.verb == Verb.RESUME):
        return False
    else:
        registration.set_enabled(row, change.verb == Verb.RESUME, by=by, now=now)
    return True
