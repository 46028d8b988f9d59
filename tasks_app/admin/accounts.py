"""Accounts at the admin site, with what belongs to them and the way to their pages."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from clients_app import looking
from clients_app.admin.accounts import AccountAdmin
from clients_app.callers import Caller
from clients_app.models import Account, AuditEntry, Client, User
from tasks_app import clock, rescheduling
from tasks_app.models import AccountTask, Notification, TaskRun

MOST_COUNTED = 10_000  # rows of one kind: the page of an account must not take longer for one with a long history

admin.site.unregister(Account)


@dataclass(frozen=True)
class Belonging:
    """Rows of one kind that belong to an account. address: of the list of them."""

    name: str
    count: str
    address: str


@admin.register(Account)
class AccountWithTasksAdmin(AccountAdmin):
    """When its time zone changes, so do the next runs of its tasks."""

    change_form_template = "admin/account.html"

    def change_account(self, obj: Account, by: Caller) -> None:
        rescheduling.change_account(obj, name=obj.name, time_zone=obj.time_zone, by=by, now=clock.now())

    def get_urls(self) -> list[URLPattern]:
        look = path("<uuid:id>/look", self.admin_site.admin_view(self.look), name="clients_app_account_look")
        return [look, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if account := context.get("original"):
            context["belongings"] = belongings(account)
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_POST)
    def look(self, request: HttpRequest, id: UUID) -> HttpResponse:
        """From now on the pages are those of this account."""
        looking.begin(request, get_object_or_404(Account, pk=id))
        return redirect("account-tasks")


def belongings(account: Account) -> list[Belonging]:
    """One query for each kind."""
    deleted = AccountTask.objects.filter(account=account, deleted_at__isnull=False)
    return [
        _belonging("Account tasks", AccountTask.objects.for_account(account), account, "&deleted_at__isempty=1"),
        _belonging("Deleted account tasks", deleted, account, "&deleted_at__isempty=0"),
        _belonging("Runs", TaskRun.objects.for_account(account), account),
        _belonging("Clients", Client.objects.for_account(account), account),
        _belonging("Users", User.objects.filter(account=account), account),
        _belonging("Notifications", Notification.objects.filter(account=account), account),
        _belonging("Audit entries", AuditEntry.objects.filter(account=account), account),
    ]


def _belonging(name: str, rows: QuerySet[Any], account: Account, also: str = "") -> Belonging:
    opts = rows.model._meta
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    words = f"more than {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"
    return Belonging(name, words, f"{address}?of_account={account.pk}{also}")
