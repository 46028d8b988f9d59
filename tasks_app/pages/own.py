"""The rows that whoever has signed in may see: those of the account."""

from typing import cast

from django.http import HttpRequest

from clients_app.callers import caller_signed_in
from clients_app.models import User
from tasks_app.models import AccountTask, BulkChange, Notification, TaskRun
from tasks_app.models.account_task import AccountTaskQuerySet
from tasks_app.models.bulk_change import BulkChangeQuerySet
from tasks_app.models.notification import NotificationQuerySet
from tasks_app.models.task_run import TaskRunQuerySet


def account_tasks(request: HttpRequest) -> AccountTaskQuerySet:
    account = caller_signed_in(request).account
    return AccountTask.objects.for_account(account).select_related("task", "account", "client")


def runs(request: HttpRequest) -> TaskRunQuerySet:
    """Without those of account tasks that are deleted: they come back with them."""
    return TaskRun.objects.for_account(caller_signed_in(request).account).filter(account_task__deleted_at__isnull=True)


def bulk_changes(request: HttpRequest) -> BulkChangeQuerySet:
    return BulkChange.objects.for_account(caller_signed_in(request).account)


def notifications(request: HttpRequest) -> NotificationQuerySet:
    """Those to whoever has signed in, and to nobody else of the account."""
    user = cast(User, request.user)
    return Notification.objects.for_user(user).filter(account=user.account)
