"""What is only written down: tokens, counters, wrong passwords and the audit trail."""

from axes.models import AccessAttempt
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from clients_app import lockouts
from clients_app.admin.actions import for_each
from clients_app.admin.base import OfAccount, ReadOnlyAdmin
from clients_app.callers import caller_signed_in
from clients_app.models import AccessToken, AuditEntry, Counter


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnlyAdmin):
    list_display = ("id", "client", "expires_at")
    list_select_related = ("client",)
    search_fields = ("client__id", "client__name")
    fields = ("id", "client", "expires_at")


@admin.register(Counter)
class CounterAdmin(ReadOnlyAdmin):
    list_display = ("key", "window_ends_at", "count")
    search_fields = ("key",)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    search_fields = ("username", "ip_address")
    fields = list_display
    actions = ("undo",)

    @admin.action(description="Undo the selected lock-outs", permissions=["view"])
    def undo(self, request: HttpRequest, queryset: QuerySet[AccessAttempt]) -> None:
        by = caller_signed_in(request)
        for_each(request, queryset, lambda attempt: lockouts.undo(attempt, by=by))


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "by", "account", "kind", "row_id", "address")
    list_filter = ("action", "kind", OfAccount)
    show_full_result_count = False
    list_select_related = ("account",)
    search_fields = ("by", "row_id", "account__name")
    date_hierarchy = "at"
