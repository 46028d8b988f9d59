"""Registration: the one way in which account tasks come to be and change, for all doors."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from clients_app import audit
from clients_app.callers import Caller
from clients_app.models import Account, Client
from tasks_app.enumerations import TaskNotification
from tasks_app.exceptions import ClientRequired, TaskNotFound
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.parameters import Parameters
from tasks_app.schedules import Schedule

CHANGEABLE = (
    "task",
    "frequency",
    "start_at",
    "finish_at",
    "parameters",
    "content_type",
    "notification",
    "is_enabled",
    "next_run_at",
    "modified_at",
    "modified_by",
)
RESCHEDULED_AT_ONCE = 500  # account tasks in one transaction
CHANGED = "The schedule was changed or paused before this was run."


def register(
    *,
    client: Client | None,
    task_id: UUID,
    schedule: Schedule,
    parameters: Parameters,
    notification: TaskNotification,
    by: Caller,
    now: datetime,
) -> AccountTask:
    """
    A task of the catalogue, registered on the client's account.

    Raises TaskNotFound, ValidationError under parameters (they are not as the task's schema has them), and
    ClientRequired if there is no client.
    """
    task = _task(task_id, parameters)
    if client is None:
        raise ClientRequired
    account_task = AccountTask(account=client.account, client=client, created_at=now)
    _set(account_task, task, schedule, parameters, notification, by, now)
    account_task.next_run_at = account_task.timetable.first_run_at(now)
    with transaction.atomic():
        account_task.save(force_insert=True)
        audit.record("account task registered", account_task, by=by, account=client.account)
    return account_task


def change(
    account_task: AccountTask,
    *,
    task_id: UUID,
    schedule: Schedule,
    parameters: Parameters,
    notification: TaskNotification,
    is_enabled: bool | None,
    by: Caller,
    now: datetime,
) -> AccountTask:
    """
    The account task as it is to be from now on, but for its client, which stays. is_enabled: None leaves that as it is.

    Raises TaskNotFound and ValidationError like `register`, and AccountTask.DoesNotExist if it was deleted meanwhile.
    """
    task = _task(task_id, parameters)
    account = account_task.account
    with transaction.atomic():
        account_task = AccountTask.objects.for_account(account).select_for_update().get(pk=account_task.pk)
        before, was = audit.facts_of(account_task), (account_task.schedule, account_task.is_enabled)
        slots = account_task.slots_due(now)
        _set(account_task, task, schedule, parameters, notification, by, now)
        if is_enabled is not None:
            account_task.is_enabled = is_enabled
        if was != (schedule, account_task.is_enabled):
            # Neither editing nor resuming fires a run by itself: it goes on with the next slot that is still to come.
            account_task.next_run_at = account_task.timetable.next_after(now) if account_task.is_enabled else None
            if slots:
                skip = TaskRun.skipped(account_task, slots, reason=CHANGED, now=now)
                TaskRun.objects.bulk_create([skip], ignore_conflicts=True)
        account_task.save(update_fields=CHANGEABLE)
        audit.record("account task changed", account_task, by=by, account=account, before=before)
    return account_task


def reschedule(*, account: Account | None = None, now: datetime) -> int:
    """
    Read the wall-clock times of account tasks anew, because the account's time zone has changed; without an account
    those of all, because the rules of time zones have. What is due by now stays due. The number of those that moved.
    """
    coming = AccountTask.objects.filter(next_run_at__gt=now).order_by("pk")
    if account:
        coming = coming.filter(account=account)
    moved = 0
    done = UUID(int=0)
    while True:
        with transaction.atomic():
            rows = coming.filter(pk__gt=done).select_related("account").select_for_update(of=("self",))
            batch = list(rows[:RESCHEDULED_AT_ONCE])
            if not batch:
                return moved
            changed = [row for row in batch if row.next_run_at != row.timetable.next_after(now)]
            for row in changed:
                row.next_run_at = row.timetable.next_after(now)
            AccountTask.objects.bulk_update(changed, ["next_run_at"])
        moved += len(changed)
        done = batch[-1].pk


def _task(task_id: UUID, parameters: Parameters) -> Task:
    task = Task.objects.enabled().filter(pk=task_id).first()
    if task is None:
        raise TaskNotFound
    parameters.check(task.parameter_schema)
    return task


def _set(
    account_task: AccountTask,
    task: Task,
    schedule: Schedule,
    parameters: Parameters,
    notification: TaskNotification,
    by: Caller,
    now: datetime,
) -> None:
    account_task.task = task
    account_task.frequency = schedule.frequency
    account_task.start_at = schedule.start_at
    account_task.finish_at = schedule.finish_at
    account_task.parameters = parameters.text
    account_task.content_type = parameters.content_type
    account_task.notification = notification
    account_task.modified_at = now
    account_task.modified_by = by.label
