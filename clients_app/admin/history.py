"""What is only written down: tokens, counters and the audit trail."""

from django.contrib import admin

from clients_app.admin.base import OfAccount, ReadOnlyAdmin
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


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "by", "account", "kind", "row_id", "address")
    list_filter = ("action", "kind", OfAccount)
    show_full_result_count = False
    list_select_related = ("account",)
    search_fields = ("by", "row_id", "account__name")
    date_hierarchy = "at"
