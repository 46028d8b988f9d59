"""Registration: the one way in which account tasks come to be, change and go, for all doors."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac

from clients_app import audit, rows, writes
from clients_app.callers import Caller
from clients_app.exceptions import Refusal
from clients_app.models import AuditEntry, Client
from clients_app.statements import Statement
from tasks_app import masking, offers
from tasks_app.enumerations import TaskNotification
from tasks_app.exceptions import ClientRequired, TaskNotFound, VersionConflict
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.account_task import AccountTaskQuerySet
from tasks_app.parameters import Parameters
from tasks_app.schedules import Schedule

CHANGEABLE = (
    "task",
    "frequency",
    "start_at",
    "finish_at",
    "parameters",
    "content_type",
    "search_text",
    "notification",
    "is_enabled",
    "next_run_at",
    "modified_at",
    "modified_by",
    "deleted_at",
    "version",
)
Versions = Collection[int] | None

CHANGED = "The account task was changed, paused or deleted before this was run."


class Asked(TypedDict):
    """What an account task is to be like, besides its task."""

    schedule: Schedule
    parameters: Parameters
    notification: TaskNotification


class AskedOfTask(Asked):
    """The same with its task: what comes of a body."""

    task_id: UUID


def without_task(asked: AskedOfTask) -> Asked:
    return {
        "schedule": asked["schedule"],
        "parameters": asked["parameters"],
        "notification": asked["notification"],
    }


def register(*, client: Client | None, task_id: UUID, by: Caller, now: datetime, **asked: Unpack[Asked]) -> AccountTask:
    """
    A task of the catalogue, registered on the client's account.

    Raises TaskNotFound, ValidationError under parameters (they are not as the task's schema has them), and
    ClientRequired if there is no client.
    """
    made = new(offers.find(task_id), client=client, by=by, now=now, **asked)
    save(made)
    return made.account_task


class New(NamedTuple):
    """An account task that is still to be written, with the entry about it."""

    account_task: AccountTask
    entry: AuditEntry


def new(task: Task | None, *, client: Client | None, by: Caller, now: datetime, **asked: Unpack[Asked]) -> New:
    """What `register` writes, of what was found in the catalogue a moment ago. Raises what it raises."""
    account_task = _new(task, client, by, now, asked)
    return New(account_task, _entry_of_new(account_task, by))


def save(made: New) -> None:
    writes.insert([made.account_task], [made.entry])


def saving(*made: New) -> list[Statement]:
    """`save` of several as `writes.insertions` has it; `saved` when it has been done."""
    return writes.insertions([each.account_task for each in made], [each.entry for each in made])


def saved(made: New) -> AccountTask:
    writes.mark_as_stored(*made)
    return made.account_task


def register_all(
    asked: Sequence[AskedOfTask | Exception],
    *,
    client: Client | None,
    by: Caller,
    now: datetime,
    all_or_nothing: bool,
) -> list[AccountTask | Exception]:
    """
    Each as `register` would; asked: its other arguments, or why there are none. What has become of each: the row, or
    what `register` would have raised. In one transaction; with `all_or_nothing` nothing is written if one is refused.
    """
    find = cache(offers.find)
    done: list[AccountTask | Exception] = []
    for each in asked:
        if isinstance(each, Exception):
            done.append(each)
            continue
        try:
            done.append(_new(find(each["task_id"]), client, by, now, each))
        except (Refusal, ValidationError) as refusal:
            done.append(refusal)
    new = [each for each in done if isinstance(each, AccountTask)]
    if len(new) == len(done) or not all_or_nothing:
        writes.insert(new, [_entry_of_new(row, by) for row in new])
    return done


def change(
    account_task: AccountTask,
    *,
    task_id: UUID,
    is_enabled: bool | None,
    by: Caller,
    now: datetime,
    versions: Versions = None,
    **asked: Unpack[Asked],
) -> AccountTask:
    """
    The account task as it is to be from now on, but for its client, which stays. is_enabled: None leaves that as it is.
    versions: those that may be changed, None for whatever is there.

    Raises TaskNotFound and ValidationError like `register`, VersionConflict, and AccountTask.DoesNotExist if it was
    deleted meanwhile.
    """
    task = _checked(offers.find(task_id), asked)
    with _changing(account_task, "account task changed", by, now, versions) as locked:
        if is_enabled is not None:
            locked.is_enabled = is_enabled
        locked.task = task
        for name, value in _values_of(asked).items():
            setattr(locked, name, value)
    return locked


def set_enabled(
    account_task: AccountTask, is_enabled: bool, *, by: Caller, now: datetime, versions: Versions = None
) -> AccountTask:
    """
    Pause or resume it; nothing happens if it is so already. Raises VersionConflict, and AccountTask.DoesNotExist if it
    was deleted meanwhile.
    """
    with _changing(account_task, "account task changed", by, now, versions) as locked:
        locked.is_enabled = is_enabled
    return locked


def remove(account_task: AccountTask, *, by: Caller, now: datetime, versions: Versions = None) -> None:
    """
    Hide it from everybody; it can be restored for 30 days. A run that waits is cancelled when its turn comes, one that
    goes on is finished. Raises VersionConflict, and AccountTask.DoesNotExist if it was deleted meanwhile.
    """
    with _changing(account_task, "account task deleted", by, now, versions) as locked:
        locked.deleted_at = now


def restore(account_task: AccountTask, *, by: Caller, now: datetime) -> AccountTask:
    """
    Take back a deletion of the last 30 days; it goes on with the next slot that is still to come. Raises
    AccountTask.DoesNotExist if it is not deleted, or was longer ago.
    """
    deleted = AccountTask.objects.deleted_of(account_task.account, now)
    with _changing(account_task, "account task restored", by, now, None, among=deleted) as locked:
        locked.deleted_at = None
    return locked


@contextmanager
def _changing(
    account_task: AccountTask,
    action: str,
    by: Caller,
    now: datetime,
    versions: Versions,
    *,
    among: AccountTaskQuerySet | None = None,
) -> Iterator[AccountTask]:
    """
    Around a change of the row, which is locked, and saved afterwards with its next run, its version and an audit entry;
    if nothing has changed nothing is written. among: the rows that it may be, by default those that are not deleted.
    """
    account = account_task.account
    found = AccountTask.objects.for_account(account) if among is None else among
    with transaction.atomic():
        locked = found.select_related("task").select_for_update(of=("self",)).get(pk=account_task.pk)
        locked.account = account
        if versions is not None and locked.version not in versions:
            raise VersionConflict
        before, was_running, schedule = _facts_of(locked), locked.is_running, locked.schedule
        slots = locked.slots_due(now)
        yield locked
        after = _facts_of(locked)
        if after == before:
            return
        if (was_running, schedule) != (locked.is_running, locked.schedule):
            # Neither editing nor resuming fires a run by itself: it goes on with the next slot that is still to come.
            locked.next_run_at = locked.timetable.next_after(now) if locked.is_running else None
            if slots:
                skip = TaskRun.skipped(locked, slots, reason=CHANGED, now=now)
                TaskRun.objects.bulk_create([skip], ignore_conflicts=True)
        locked.version += 1
        locked.modified_at, locked.modified_by = now, by.label
        locked.save(update_fields=CHANGEABLE)
        audit.record(action, locked, by=by, account=account, before=before, after=after)


def _checked(task: Task | None, asked: Asked) -> Task:
    if task is None:
        raise TaskNotFound
    asked["parameters"].check(task.parameter_schema)
    return task


def _new(task: Task | None, client: Client | None, by: Caller, now: datetime, asked: Asked) -> AccountTask:
    """Not written yet. Raises what `register` raises."""
    task = _checked(task, asked)
    if client is None:
        raise ClientRequired
    account = client.account
    timetable = asked["schedule"].timetable(registered_at=now, zone=account.zone)
    account_task: AccountTask = rows.new(
        AccountTask,
        related={"account": account, "client": client, "task": task},
        created_at=now,
        modified_at=now,
        modified_by=by.label,
        next_run_at=timetable.first_run_at(now),
        **_values_of(asked),
    )
    return account_task


def _entry_of_new(account_task: AccountTask, by: Caller) -> AuditEntry:
    facts = _facts_of(account_task)
    return audit.entry("account task registered", account_task, by=by, account=account_task.account, after=facts)


def _facts_of(account_task: AccountTask) -> audit.Facts:
    """
    Without what looks like a secret in the parameters. What was left out of them has a fingerprint, by which one sees
    that it was changed; it is of this account task and SECRET_KEY alone, so that no other tells what it stands for.
    """
    text = account_task.parameters
    harmless = masking.without_secrets(text)
    if harmless == text and masking.MASK not in text:
        return audit.facts_of(account_task, parameters=text)
    salt = f"parameters of {account_task.pk} in the audit trail"
    fingerprint = salted_hmac(salt, text, algorithm="sha256").hexdigest()[:16]
    return audit.facts_of(account_task, parameters=harmless, fingerprint=fingerprint)


def _values_of(asked: Asked) -> dict[str, Any]:
    """By the names of columns."""
    schedule, parameters = asked["schedule"], asked["parameters"]
    return {
        "frequency": schedule.frequency,
        "start_at": schedule.start_at,
        "finish_at": schedule.finish_at,
        "parameters": parameters.text,
        "content_type": parameters.content_type,
        "search_text": parameters.search_text,
        "notification": asked["notification"],
    }
