"""History: what may be deleted of it."""

from collections.abc import Callable
from datetime import datetime

from clients_app.models import Account
from tasks_app.models import Notification, TaskRun

BATCH = 500  # rows that one transaction deletes


def purge(
    *, before: datetime, account: Account | None = None, between_batches: Callable[[], None] = lambda: None
) -> int:
    """
    Delete runs that were made before that moment and are finished, and the notifications from before it: those of the
    account, without one of all. The number of runs. between_batches: may raise, to stop half-way.
    """
    runs = TaskRun.objects.finished().filter(created_at__lt=before)
    notifications = Notification.objects.filter(created_at__lt=before, mail_at__isnull=True)
    if account:
        runs, notifications = runs.for_account(account), notifications.filter(account=account)
    deleted = 0
    while keys := list(runs.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        deleted += TaskRun.objects.filter(pk__in=keys).delete()[1].get("tasks_app.TaskRun", 0)
        between_batches()
    notifications.delete()
    return deleted
