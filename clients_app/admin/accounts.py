"""Accounts at the admin site."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from clients_app import accounts
from clients_app.admin.base import AuditedAdmin
from clients_app.callers import Caller, caller_signed_in
from clients_app.models import Account


@admin.register(Account)
class AccountAdmin(AuditedAdmin):
    list_display = ("name", "time_zone", "is_enabled", "created_at")
    list_filter = ("is_enabled",)
    search_fields = ("name", "id", "users__email")
    fields = ("name", "time_zone", "is_enabled", "id", "created_at")
    readonly_fields = ("id", "created_at")
    actions = ("rotate_signing_secret", "retire_signing_secret")

    def account_of(self, row: Account) -> Account:
        return row

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        if change:
            self.change_account(obj, caller_signed_in(request))
            return
        new = accounts.create_account(name=obj.name, time_zone=obj.time_zone, by=caller_signed_in(request))
        obj.pk = new.account.pk
        messages.warning(request, f"The signing secret is shown this once: {new.signing_secret}")

    def change_account(self, obj: Account, by: Caller) -> None:
        accounts.change_account(obj, name=obj.name, time_zone=obj.time_zone, is_enabled=obj.is_enabled, by=by)

    @admin.action(description="Rotate the signing secrets: the old ones sign too until they are retired")
    def rotate_signing_secret(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        for account in queryset:
            fresh = accounts.rotate_signing_secret(account, by=caller_signed_in(request))
            messages.warning(request, f"The signing secret of {account} is shown this once: {fresh}")

    @admin.action(description="Retire the old signing secrets")
    def retire_signing_secret(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        for account in queryset:
            accounts.retire_signing_secret(account, by=caller_signed_in(request))
        messages.success(request, "From now on the current signing secrets alone sign.")
