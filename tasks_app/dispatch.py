"""Dispatch: what makes runs. The schedule does when a slot is due; people and integrations do when they ask."""

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from clients_app import audit, rows, tracing, writes
from clients_app.callers import Caller
from clients_app.models import Account
from clients_app.prepared import Prepared
from tasks_app import engine
from tasks_app.exceptions import RunInProgress, RunNotFinished, TaskNotFound
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import SCHEDULER, State, Trigger
from tasks_app.schedules import STILL_FRESH, Span

log = logging.getLogger(__name__)

LOOKED_AT = ("account_id", "task_id", "frequency", "start_at", "finish_at", "created_at", "next_run_at", "status")
BATCH = 400  # account tasks that one transaction moves on; it holds SQLite's write lock for about 50 ms
PUSHED_AHEAD = timedelta(hours=1)
RESOLUTION = datetime.resolution

MISSED = "The service was down when this was due."
OVERLAP = "The run before was still going on."
TASK_OFF = "The task was switched off in the catalogue."
ACCOUNT_OFF = "The account was switched off."
BROKEN = "The schedule could not be computed; the operators can see why in the log."

# In the order of the index: asked for any row, PostgreSQL expects to meet one soon, and reads all if there is none.
_DUE = Prepared(
    lambda now: AccountTask.objects.due(now).order_by("next_run_at").values_list("id"),
    fields=(AccountTask._meta.get_field("next_run_at"),),
    stand_ins=(datetime.min.replace(tzinfo=UTC),),
)


def dispatch_due(*, now: datetime, limit: int = BATCH, look_first: bool = True) -> int:
    """
    Move up to `limit` due account tasks on: their runs and skips, their next run and the delivery to the workers, in
    one transaction. How many there were: if it is `limit`, there may be more. Any number of dispatchers may call it.

    Of the slots that were missed the latest runs if it is less than 24 hours old; the others become one skip.

    look_first: whether anything is due, so that an idle dispatcher does next to nothing, and takes no lock on SQLite.
    """
    if look_first and _DUE.first(now) is None:
        return 0
    with tracing.span("dispatch"), transaction.atomic():
        if not (due := _locked(now, limit)):
            return 0
        busy = _busy(due)
        runs = [run for account_task in due for run in _move_on(account_task, account_task.pk in busy, now)]
        # A slot that has its row already, because the clock or the database went back to an earlier moment, gets no
        # second one: the unique constraint sees to it, and the schedule moves on.
        runs = writes.insert_new(runs)
        for run in runs:
            _make_latest(run)
        writes.update(due, ("next_run_at", "latest_run_id", "status"))
        queued = [run for run in runs if run.state == State.QUEUED]
        ids = [run.pk for run in queued]
        engine.deliver(engine.EXECUTE, ids, at=now, owners=[run.account_id for run in queued])
        tracing.about(slots=len(due), runs=len(ids))
        tracing.leads_to(ids)
    return len(due)


def run_now(account_task: AccountTask, *, trigger: Trigger, by: Caller, now: datetime) -> TaskRun:
    """
    A run at once, beside the schedule; a paused account task can be run too.

    Raises RunInProgress, TaskNotFound if the task is switched off in the catalogue, and AccountTask.DoesNotExist if the
    account task was deleted meanwhile.
    """
    with transaction.atomic():
        return _on_demand(account_task, trigger=trigger, by=by, now=now)


def run_again(run: TaskRun, *, by: Caller, now: datetime) -> TaskRun:
    """A new run without a slot, linked to a finished one. Raises RunNotFinished, and what `run_now` raises."""
    if not run.is_finished:
        raise RunNotFinished
    with transaction.atomic():
        return _on_demand(run.account_task, trigger=Trigger.RETRY, by=by, now=now, retry_of=run)


def _locked(now: datetime, limit: int) -> list[AccountTask]:
    """The first that are due and that no other dispatcher has, each with its account and its task."""
    due = AccountTask.objects.due(now).only(*LOOKED_AT).order_by("next_run_at")
    found: list[AccountTask] = rows.read(due.select_for_update(skip_locked=True)[:limit])
    accounts = Account.objects.only("time_zone", "is_enabled").in_bulk({row.account_id for row in found})
    tasks = Task.objects.only("is_enabled").in_bulk({row.task_id for row in found})
    for row in found:
        row._state.fields_cache.update(account=accounts[row.account_id], task=tasks[row.task_id])
    return found


def _busy(account_tasks: list[AccountTask]) -> set[UUID]:
    """Those that have an unfinished run."""
    unfinished = TaskRun.objects.unfinished()
    if connection.vendor == "postgresql":
        # A list is one value to the driver, which otherwise reads a text with four hundred marks anew each time.
        condition = RawSQL("account_task_id = ANY(%s)", [[row.pk for row in account_tasks]], BooleanField())
        found = unfinished.filter(condition)
    else:
        found = unfinished.filter(account_task__in=account_tasks)
    return set(found.values_list("account_task_id", flat=True))


def _move_on(account_task: AccountTask, is_busy: bool, now: datetime) -> list[TaskRun]:
    """Its runs and skips up to now; sets its next run."""
    try:
        return _planned(account_task, is_busy, now)
    except Exception:
        # One broken row must not stop the others, now or at the next call: it is pushed ahead first.
        about = {"account": account_task.account_id, "account_task": account_task.pk}
        log.exception("account task %s can't be dispatched", account_task.pk, extra=about)
        slot = account_task.next_run_at or now
        account_task.next_run_at = now + PUSHED_AHEAD
        return [TaskRun.skipped(account_task, Span(1, slot, slot), reason=BROKEN, now=now)]


def _planned(account_task: AccountTask, is_busy: bool, now: datetime) -> list[TaskRun]:
    timetable = account_task.timetable
    slots, account_task.next_run_at = timetable.moved_on(account_task.next_run_at or now, now)
    if slots is None:  # the rules of the time zone have changed, and nothing is due yet
        return []
    if not account_task.account.is_enabled:
        return [TaskRun.skipped(account_task, slots, reason=ACCOUNT_OFF, now=now)]
    if not account_task.task.is_enabled:
        return [TaskRun.skipped(account_task, slots, reason=TASK_OFF, now=now)]
    if now - slots.last_at >= STILL_FRESH:
        return [TaskRun.skipped(account_task, slots, reason=MISSED, now=now)]
    runs = []
    if slots.count > 1 and (earlier := timetable.between(slots.first_at - RESOLUTION, slots.last_at - RESOLUTION)):
        runs.append(TaskRun.skipped(account_task, earlier, reason=MISSED, now=now))
    if is_busy:
        latest = Span(1, slots.last_at, slots.last_at)
        runs.append(TaskRun.skipped(account_task, latest, reason=OVERLAP, now=now))
    else:
        runs.append(
            TaskRun.queued(account_task, due_at=slots.last_at, trigger=Trigger.SCHEDULE, asked_by=SCHEDULER, now=now)
        )
    return runs


def _on_demand(
    account_task: AccountTask, *, trigger: Trigger, by: Caller, now: datetime, retry_of: TaskRun | None = None
) -> TaskRun:
    account = account_task.account
    own = AccountTask.objects.for_account(account).select_related("task")
    account_task = own.select_for_update(of=("self",)).get(pk=account_task.pk)
    if not account_task.task.is_enabled:
        raise TaskNotFound
    if TaskRun.objects.unfinished().filter(account_task=account_task).exists():
        raise RunInProgress
    run = TaskRun.queued(account_task, due_at=None, trigger=trigger, asked_by=by.label, now=now, retry_of=retry_of)
    run.save(force_insert=True)
    _make_latest(run)
    account_task.save(update_fields=["latest_run_id", "status"])
    audit.record("run asked for", run, by=by, account=account)
    engine.deliver(engine.EXECUTE, [run.pk], at=now, owners=[run.account_id])
    tracing.leads_to([run.pk])
    return run


def _make_latest(run: TaskRun) -> None:
    run.account_task.latest_run_id = run.pk
    run.account_task.status = run.state
