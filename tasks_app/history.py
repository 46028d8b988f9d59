"""History: what may be deleted of it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from clients_app.models import Account
from tasks_app import partitions
from tasks_app.models import Notification, TaskRun

BATCH = 500  # rows that one transaction deletes


def prune(*, before: datetime, now: datetime, to_the_day: bool = False) -> tuple[int, list[str]]:
    """
    Delete what `purge` deletes of all accounts. On PostgreSQL whole months go with their tables, at once, and a month
    stays until all of it is from before that moment: `to_the_day` deletes the rest of it too, row by row. The tables of
    the coming months are made. The number of runs that were deleted, and the months that were dropped.
    """
    partitions.prepare(now)
    months = partitions.drop(before)
    # What is older than all months is what came late, for slots of months that are gone.
    is_rest_kept = partitions.are_used() and not to_the_day
    deleted = purge(before=before, below=partitions.parts()[0].first if is_rest_kept else None)
    partitions.analyze()
    return deleted, months


def purge(
    *,
    before: datetime,
    account: Account | None = None,
    below: UUID | None = None,
    between_batches: Callable[[], None] = lambda: None,
) -> int:
    """
    Delete runs that were made before that moment and are finished, and the notifications from before it: those of the
    account, without one of all. The number of runs. below: only runs with lower keys. between_batches: may raise, to
    stop half-way.
    """
    runs = TaskRun.objects.finished().filter(created_at__lt=before)
    notifications = Notification.objects.filter(created_at__lt=before, mail_at__isnull=True)
    if account:
        runs, notifications = runs.for_account(account), notifications.filter(account=account)
    if below:
        runs = runs.filter(pk__lt=below)
    deleted = 0
    while keys := list(runs.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        deleted += TaskRun.objects.filter(pk__in=keys).delete()[1].get("tasks_app.TaskRun", 0)
        between_batches()
    notifications.delete()
    return deleted
