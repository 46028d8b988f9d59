"""Accounts at the admin site."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from clients_app import accounts
from clients_app.admin.actions import Shown, for_each, question, shown_once
from clients_app.admin.base import AuditedAdmin
from clients_app.callers import Caller, caller_signed_in
from clients_app.models import Account


@admin.register(Account)
class AccountAdmin(AuditedAdmin):
    list_display = ("name", "time_zone", "is_enabled", "created_at")
    list_filter = ("is_enabled",)
    search_fields = ("name", "id", "users__email")
    fields = ("name", "time_zone", "is_enabled", "id", "created_at")
    readonly_fields = ("is_enabled", "id", "created_at")
    actions = ("switch_on", "switch_off", "rotate_signing_secret", "retire_signing_secret")

    def account_of(self, row: Account) -> Account:
        return row

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        if change:
            self.change_account(obj, caller_signed_in(request))
            return
        new = accounts.create_account(name=obj.name, time_zone=obj.time_zone, by=caller_signed_in(request))
        obj.pk = new.account.pk
        obj.signing_secret = new.signing_secret  # for `response_add`; what is stored is encrypted

    def response_add(self, request: HttpRequest, obj: Account, post_url_continue: str | None = None) -> HttpResponse:
        return shown_once(self, request, [Shown(f"Signing secret of {obj}", obj.signing_secret)])

    @admin.action(description="Switch the selected accounts on")
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        by = caller_signed_in(request)
        for_each(request, queryset, lambda account: accounts.set_enabled(account, True, by=by))

    @admin.action(description="Switch the selected accounts off")
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Account]) -> HttpResponse | None:
        hint = "Their calls and pages are refused and nothing of them runs until they are switched on again."
        asked = "Switch these accounts off?"
        if page := question(self, request, queryset, action="switch_off", asked=asked, hint=hint):
            return page
        by = caller_signed_in(request)
        for_each(request, queryset, lambda account: accounts.set_enabled(account, False, by=by))
        return None

    def change_account(self, obj: Account, by: Caller) -> None:
        accounts.change_account(obj, name=obj.name, time_zone=obj.time_zone, by=by)

    @admin.action(description="Rotate the signing secrets: the old ones sign too until they are retired")
    def rotate_signing_secret(self, request: HttpRequest, queryset: QuerySet[Account]) -> HttpResponse:
        by = caller_signed_in(request)
        fresh = {account: accounts.rotate_signing_secret(account, by=by) for account in queryset}
        return shown_once(self, request, [Shown(f"Signing secret of {account}", fresh[account]) for account in fresh])

    @admin.action(description="Retire the old signing secrets")
    def retire_signing_secret(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        for account in queryset:
            accounts.retire_signing_secret(account, by=caller_signed_in(request))
        messages.success(request, "From now on the current signing secrets alone sign.")
