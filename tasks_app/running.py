"""
Running: one attempt of a run from the claim to its end, and what becomes of the run then.

A claim raises the run's fence number and takes a lease; whoever holds it renews the lease. Each write at the end of an
attempt asks for its own fence number: a worker that lost its lease finds no row and changes nothing.
"""

import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django_tasks import task

from clients_app import audit
from clients_app.callers import Caller
from tasks_app import clock, engine, handlers, notifications, parameters
from tasks_app.enumerations import ContentType
from tasks_app.exceptions import RunFinished
from tasks_app.handlers.registry import Handler, Refused, Stopped, TryAgain, Work
from tasks_app.models import AccountTask, Attempt, TaskRun
from tasks_app.models.task_run import LONGEST_SUMMARY, Outcome, State, TaskRunQuerySet

log = logging.getLogger(__name__)

Written = TypeVar("Written")

MOST_ATTEMPTS: Final = 8
OLDEST: Final = timedelta(hours=24)  # no attempt begins later than this after the run was made
FIRST_WAIT: Final = timedelta(seconds=15)  # at most; four times as long after each further attempt
LONGEST_WAIT: Final = timedelta(hours=6)
LOST_AFTER: Final = timedelta(seconds=30)  # a run that could start that long ago and whose delivery is nowhere
SWEPT_AT_ONCE: Final = 100
OUTAGE: Final = timedelta(minutes=10)  # how long a worker tries to write down what it did

# The end of an attempt and the state of the run, where there is no other attempt.
STATE_AFTER: Final = {
    Outcome.SUCCEEDED: State.SUCCEEDED,
    Outcome.REFUSED: State.FAILED,
    Outcome.CANCELLED: State.CANCELLED,
}


@dataclass(frozen=True)
class Ending:
    """How an attempt ended. wait: at the least, before another one."""

    outcome: Outcome
    summary: str
    wait: timedelta = timedelta(0)


@dataclass
class _Held:
    """An attempt of this process. deadline: by the monotonic clock, in seconds."""

    run: TaskRun
    work: Work
    deadline: float

    @property
    def mine(self) -> TaskRunQuerySet:
        return TaskRun.objects.held(self.run.pk, self.run.fence)


_held: dict[UUID, _Held] = {}
_lock = threading.Lock()


@task()
def execute(run_id: str) -> None:
    """Make one attempt of the run if it is its turn; whatever else is delivered changes nothing."""
    claimed = _patiently(lambda: _claim(UUID(run_id)))
    if claimed is None:
        return
    run, work = claimed
    handler = handlers.find(run.account_task.task.handler)
    limit = handler.time_limit if handler else timedelta(minutes=1)
    one = _Held(run, work, time.monotonic() + limit.total_seconds())
    with _lock:
        _held[run.pk] = one
    try:
        ending = _attempt(run, handler, work)
        if not _patiently(lambda: _end(run, one.mine, ending, work.lines)):
            log.warning("run %s: attempt %s came too late, its end is refused", run.pk, run.fence)
    finally:
        with _lock:
            if _held.get(run.pk) is one:
                del _held[run.pk]


def renew() -> None:
    """
    To be called every few seconds by a worker: renew the leases of this process, tell handlers whose run was cancelled
    or has gone to another worker to stop, and end attempts that took too long.
    """
    with _lock:
        held = list(_held.values())
    for one in held:
        if time.monotonic() > one.deadline:
            one.work.is_stopped = True
            _end(one.run, one.mine, Ending(Outcome.TIMED_OUT, "The attempt took too long."), one.work.lines)
        elif not one.mine.update(leased_until=_lease()) or one.mine.filter(cancel_asked_at__isnull=False).exists():
            one.work.is_stopped = True


def release() -> int:
    """The worker goes down: its runs go back to the queue, and the attempts don't count. How many there were."""
    with _lock:
        held = list(_held.values())
    ending = Ending(Outcome.STOPPED, "The worker was stopped.")
    for one in held:
        one.work.is_stopped = True
        _end(one.run, one.mine, ending, one.work.lines)
    return len(held)


def cancel(run: TaskRun, *, by: Caller, now: datetime) -> TaskRun:
    """
    A queued run is cancelled at once; a running one is asked to stop, and is cancelled when it does.

    Raises RunFinished.
    """
    with transaction.atomic():
        run = TaskRun.objects.select_for_update(of=("self",)).select_related("account_task__account").get(pk=run.pk)
        if run.is_finished:
            raise RunFinished
        before = audit.facts_of(run)
        run.cancel_asked_at = now
        run.save(update_fields=["cancel_asked_at"])
        if run.state == State.QUEUED:
            _close(run, State.CANCELLED, f"Cancelled by {by.label}.", now)
        audit.record("run cancelled", run, by=by, account=run.account_task.account, before=before)
    return run


def sweep() -> int:
    """
    Put right what got stuck: runs whose worker is lost go back to the queue, and queued ones whose delivery is lost are
    delivered again. How many there were.
    """
    abandoned = TaskRun.objects.abandoned().order_by("leased_until")
    runs = list(abandoned.select_related("account_task")[:SWEPT_AT_ONCE])
    ending = Ending(Outcome.WORKER_LOST, "The worker was lost.")
    for run in runs:
        try:
            _end(run, abandoned.filter(pk=run.pk, fence=run.fence), ending, [])
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # one that can't be put right must not stop the others
            log.exception("run %s can't be taken back", run.pk)
    overdue = TaskRun.objects.filter(state=State.QUEUED, next_attempt_at__lt=clock.NOW - LOST_AFTER)
    waiting = set(overdue.values_list("pk", flat=True))
    lost = waiting - engine.on_their_way(engine.EXECUTE) if waiting else set()
    if lost:
        log.warning("%s queued runs are delivered again", len(lost))
        engine.deliver(engine.EXECUTE, lost, at=clock.now())
    return len(runs) + len(lost)


# --- one attempt ------------------------------------------------------------------------------------------------------


def _claim(run_id: UUID) -> tuple[TaskRun, Work] | None:
    with transaction.atomic():
        claimed = (
            TaskRun.objects.ready()
            .filter(pk=run_id)
            .update(
                state=State.RUNNING,
                fence=F("fence") + 1,
                attempts=F("attempts") + 1,
                leased_until=_lease(),
                started_at=Coalesce("started_at", clock.NOW),
                next_attempt_at=None,
            )
        )
        if not claimed:
            return None
        related = ("account_task__account", "account_task__task")
        run = TaskRun.objects.select_related(*related).get(pk=run_id)
        account_task = run.account_task
        assert run.leased_until is not None  # noqa: S101 (the constraint of the table)
        now = run.leased_until - settings.LEASE
        worker = f"{socket.gethostname()}:{os.getpid()}"
        Attempt.objects.create(run=run, number=run.fence, worker=worker, started_at=now)
        is_latest = account_task.latest_run_id == run.pk
        changes: dict[str, Any] = {"status": State.RUNNING} if is_latest else {}
        if run.fence == 1:
            changes |= {"last_run_at": now, "last_run_by": run.asked_by}
        AccountTask.objects.filter(pk=account_task.pk).update(**changes)
    return run, Work(run.pk, run.attempts, account_task, now)


def _attempt(run: TaskRun, handler: Handler | None, work: Work) -> Ending:
    task = run.account_task.task
    try:
        if run.cancel_asked_at or run.account_task.deleted_at:
            raise Stopped
        if not (task.is_enabled and run.account_task.account.is_enabled):
            raise Refused("The task or the account was switched off.")
        if handler is None:
            raise Refused(f"No handler is called {task.handler}." if task.handler else "The task has no handler.")
        return Ending(Outcome.SUCCEEDED, handler.run(_values(run, handler), work))
    except Stopped:
        return Ending(Outcome.CANCELLED, "Stopped before it was done.")
    except TryAgain as error:
        return Ending(Outcome.TRY_AGAIN, str(error), error.after)
    except Refused as error:
        return Ending(Outcome.REFUSED, str(error))
    except Exception:
        incident = uuid4().hex
        log.exception("incident %s: run %s, attempt %s", incident, run.pk, run.fence)
        work.log(f"Incident {incident}")  # not in the reason, which is the same for each repeat
        return Ending(Outcome.ERROR, "An internal error has occurred.")


def _values(run: TaskRun, handler: Handler) -> object:
    """The parameters as the handler knows them. Raises Refused: its schema or the task's may have changed."""
    schema = run.account_task.task.parameter_schema or handler.schema
    try:
        read = parameters.read(run.account_task.parameters, ContentType(run.account_task.content_type))
        read.check(schema)
        read.check(handler.schema)
    except ValidationError as error:
        raise Refused(f"Parameters {'; '.join(error.messages)}.") from None
    return read.values(schema)


# --- the end of an attempt --------------------------------------------------------------------------------------------


def _end(run: TaskRun, among: TaskRunQuerySet, ending: Ending, lines: list[str]) -> bool:
    """
    Write down the end of an attempt of the run, and what becomes of the run, if it is `among` those that this may be
    written for. Else False: it has gone to another worker. run: as it was when the attempt began.
    """
    with transaction.atomic():
        locked = among.select_for_update().annotate(now=clock.NOW)
        facts = locked.values_list("cancel_asked_at", "now").first()
        if facts is None:
            return False
        run.cancel_asked_at, now = facts
        summary, text = _storable(ending.summary)[:LONGEST_SUMMARY], _storable("\n".join(lines))
        run.tries.filter(number=run.fence).update(finished_at=now, outcome=ending.outcome, summary=summary, log=text)
        if ending.outcome == Outcome.STOPPED:
            _queue(run, now, attempts=run.attempts - 1)
        elif ending.outcome in STATE_AFTER:
            _close(run, STATE_AFTER[ending.outcome], summary, now)
        elif run.cancel_asked_at:
            _close(run, State.CANCELLED, summary, now)
        else:
            _try_again(run, ending, now)
        return True


def _storable(text: str) -> str:
    """Without what PostgreSQL can't store."""
    return text.replace("\x00", "\ufffd")


def _try_again(run: TaskRun, ending: Ending, now: datetime) -> None:
    is_quick = ending.outcome == Outcome.WORKER_LOST  # a lease has gone by already
    at = now if is_quick else now + max(ending.wait, wait_after(run.attempts, chance=random.random()))  # noqa: S311
    if run.attempts >= MOST_ATTEMPTS:
        _close(run, State.FAILED, f"{ending.summary} That was attempt {MOST_ATTEMPTS}, the last one.", now)
    elif at > run.created_at + OLDEST:
        _close(run, State.FAILED, f"{ending.summary} There is no attempt after 24 hours.", now)
    else:
        _queue(run, at, attempts=run.attempts, summary=ending.summary)


def wait_after(attempts: int, *, chance: float) -> timedelta:
    """
    How long to wait after so many attempts, with full jitter: any time from zero on, up to a bound that grows by the
    attempt. chance: from 0 to 1.
    """
    return chance * min(LONGEST_WAIT, FIRST_WAIT * int(4 ** (attempts - 1)))


def _queue(run: TaskRun, at: datetime, *, attempts: int, summary: str = "") -> None:
    run.state, run.leased_until, run.next_attempt_at = State.QUEUED, None, at
    run.attempts, run.summary = attempts, summary[:LONGEST_SUMMARY]
    run.save(update_fields=["state", "leased_until", "next_attempt_at", "attempts", "summary"])
    _show(run)
    engine.deliver(engine.EXECUTE, [run.pk], at=at)


def _close(run: TaskRun, state: State, summary: str, now: datetime) -> None:
    run.state, run.summary, run.finished_at = state, summary[:LONGEST_SUMMARY], now
    run.leased_until = run.next_attempt_at = None
    run.save(update_fields=["state", "summary", "finished_at", "leased_until", "next_attempt_at"])
    _show(run)
    notifications.tell(run, now=now)


def _show(run: TaskRun) -> None:
    """The account task's status is that of its latest run."""
    AccountTask.objects.filter(pk=run.account_task_id, latest_run_id=run.pk).update(status=run.state)


def _lease() -> Combinable:
    return ExpressionWrapper(clock.NOW + Value(settings.LEASE, DurationField()), clock.NOW.output_field)


def _patiently(write: Callable[[], Written]) -> Written:
    """Through an outage of the database: what was done is written down once it is back."""
    give_up_at = time.monotonic() + OUTAGE.total_seconds()
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > give_up_at:
                raise
            log.warning("worker can't reach the database, and waits")
            connections.close_all()
            time.sleep(1)
