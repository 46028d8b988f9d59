"""Registration: the one way in which account tasks come to be, change and go, for all doors."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clients_app import accounts, audit
from clients_app.callers import Caller
from clients_app.models import Account, Client
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

RESCHEDULED_AT_ONCE = 500  # account tasks in one transaction
CHANGED = "The account task was changed, paused or deleted before this was run."


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
    account_task = AccountTask(account=client.account, client=client)
    account_task.created_at = account_task.modified_at = now
    account_task.modified_by = by.label
    _set(account_task, task, schedule, parameters, notification)
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
    versions: Versions = None,
) -> AccountTask:
    """
    The account task as it is to be from now on, but for its client, which stays. is_enabled: None leaves that as it is.
    versions: those that may be changed, None for whatever is there.

    Raises TaskNotFound and ValidationError like `register`, VersionConflict, and AccountTask.DoesNotExist if it was
    deleted meanwhile.
    """
    task = _task(task_id, parameters)
    with _changing(account_task, "account task changed", by, now, versions) as locked:
        if is_enabled is not None:
            locked.is_enabled = is_enabled
        _set(locked, task, schedule, parameters, notification)
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
    rows = AccountTask.objects.for_account(account) if among is None else among
    with transaction.atomic():
        locked = rows.select_related("task").select_for_update(of=("self",)).get(pk=account_task.pk)
        locked.account = account
        if versions is not None and locked.version not in versions:
            raise VersionConflict
        before, was_running, schedule = audit.facts_of(locked), locked.is_running, locked.schedule
        slots = locked.slots_due(now)
        yield locked
        if audit.facts_of(locked) == before:
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
        audit.record(action, locked, by=by, account=account, before=before)


def change_account(account: Account, *, name: str, time_zone: str, by: Caller, now: datetime) -> int:
    """
    The account as it is to be from now on, with next runs that fit its time zone. The number of those that moved.
    Raises ValidationError with field names.
    """
    with transaction.atomic():
        before = Account.objects.select_for_update(no_key=True).get(pk=account.pk).time_zone
        changed = accounts.change_account(account, name=name, time_zone=time_zone, by=by)
        return reschedule(account=changed, now=now) if changed.time_zone != before else 0


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
            slots = {row.pk: row.next_run_in(row.account.zone, now) for row in batch}
            changed = [row for row in batch if row.next_run_at != slots[row.pk]]
            for row in changed:
                row.next_run_at = slots[row.pk]
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
) -> None:
    account_task.task = task
    account_task.frequency = schedule.frequency
    account_task.start_at = schedule.start_at
    account_task.finish_at = schedule.finish_at
    account_task.parameters = parameters.text
    account_task.content_type = parameters.content_type
    account_task.search_text = parameters.search_text
    account_task.notification = notification
