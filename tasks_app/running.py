"""
Running: one attempt of a run from the claim to its end, and what becomes of the run then.

A claim raises the run's fence number and takes a lease; whoever holds it renews the lease. Each write at the end of an
attempt asks for its own fence number: a worker that lost its lease finds no row and changes nothing.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import InterfaceError, InternalError, OperationalError, connection, connections, transaction
from django_tasks import task
from structlog.contextvars import bound_contextvars

from clients_app import audit, tracing
from clients_app.callers import Caller
from tasks_app import claims, clock, engine, handlers, parameters
from tasks_app.endings import Ending, close, end, lock_held, locked
from tasks_app.enumerations import ContentType
from tasks_app.exceptions import RunFinished
from tasks_app.handlers.registry import Handler, Refused, Stopped, TryAgain, Work
from tasks_app.models import TaskRun
from tasks_app.models.task_run import Outcome, State, TaskRunQuerySet

log = logging.getLogger(__name__)

Written = TypeVar("Written")

LOST_AFTER: Final = timedelta(seconds=30)  # a run that could start that long ago and whose delivery is nowhere
SWEPT_AT_ONCE: Final = 100
OUTAGE: Final = timedelta(minutes=10)  # how long a worker tries to write down what it did


@dataclass
class _Held:
    """An attempt of this process. deadline: by the monotonic clock, in seconds."""

    run: TaskRun
    work: Work
    deadline: float

    @property
    def mine(self) -> TaskRunQuerySet:
        return TaskRun.objects.held(self.run.pk, self.run.fence)

    def lock(self) -> tuple[Any, ...] | None:
        return lock_held(self.run)


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
        with (
            bound_contextvars(account=run.account_id, account_task=run.account_task_id, run=run.pk, attempt=run.fence),
            tracing.span("attempt", kind="consumer", run=(run.pk, run.fence)),
        ):
            ending = _attempt(run, handler, work)
            tracing.about(handler=run.account_task.task.handler, outcome=ending.outcome)
            if ending.outcome not in (Outcome.SUCCEEDED, Outcome.CANCELLED):
                tracing.fail()
            if not _patiently(lambda: end(run, one.lock, ending, work.lines)):
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
            end(one.run, one.lock, Ending(Outcome.TIMED_OUT, "The attempt took too long."), one.work.lines)
        elif (
            not one.mine.update(leased_until=claims.lease()) or one.mine.filter(cancel_asked_at__isnull=False).exists()
        ):
            one.work.is_stopped = True


def release() -> int:
    """The worker goes down: its runs go back to the queue, and the attempts don't count. How many there were."""
    with _lock:
        held = list(_held.values())
    ending = Ending(Outcome.STOPPED, "The worker was stopped.")
    for one in held:
        one.work.is_stopped = True
        end(one.run, one.lock, ending, one.work.lines)
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
            close(run, State.CANCELLED, f"Cancelled by {by.label}.", now)
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
            end(run, locked(abandoned.filter(pk=run.pk, fence=run.fence)).first, ending, [])
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # one that can't be put right must not stop the others
            log.exception("run %s can't be taken back", run.pk)
    overdue = TaskRun.objects.filter(state=State.QUEUED, next_attempt_at__lt=clock.NOW - LOST_AFTER)
    waiting = dict(overdue.values_list("pk", "account_id"))
    lost = waiting.keys() - engine.on_their_way(engine.EXECUTE) if waiting else set()
    if lost:
        log.warning("%s queued runs are delivered again", len(lost))
        engine.deliver(engine.EXECUTE, lost, at=clock.now(), owners=[waiting[key] for key in lost])
    return len(runs) + len(lost)


# --- one attempt ------------------------------------------------------------------------------------------------------


def _claim(run_id: UUID) -> tuple[TaskRun, Work] | None:
    claimed = claims.claim(run_id, worker=f"{socket.gethostname()}:{os.getpid()}")
    if claimed is None:
        return None
    run, now = claimed
    return run, Work(run.pk, run.attempts, run.account_task, now)


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


def _patiently(write: Callable[[], Written]) -> Written:
    """Through an outage of the database: what was done is written down once it is back."""
    give_up_at = time.monotonic() + OUTAGE.total_seconds()
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError, InternalError):  # the last: one that takes no writes at the moment
            if connection.in_atomic_block or time.monotonic() > give_up_at:
                raise
            log.warning("worker can't reach the database, and waits")
            connections.close_all()
            time.sleep(1)
