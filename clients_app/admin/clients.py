"""Clients at the admin site."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from clients_app import clients
from clients_app.admin.base import LastingAdmin
from clients_app.callers import caller_signed_in
from clients_app.models import Client, User


@admin.register(Client)
class ClientAdmin(LastingAdmin):
    list_display = ("name", "account", "user", "created_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("account", "user")
    search_fields = ("name", "id", "account__name", "user__email")
    fields = ("name", "user", "account", "id", "created_at", "last_used_at", "revoked_at")
    readonly_fields = ("account", "id", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None  # the list, for its action; a client itself does not change

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fields if obj else ("name", "user")

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(account__isnull=False, is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        assert obj.user.account is not None  # noqa: S101 (the choice of users sees to it)
        by = caller_signed_in(request)
        new = clients.register(account=obj.user.account, user_id=obj.user_id, name=obj.name, by=by)
        obj.pk = new.client.pk
        messages.warning(request, f"The secret of client {new.client.pk} is shown this once: {new.secret}")

    @admin.action(description="Revoke the selected clients", permissions=["add"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        for client in queryset:
            clients.revoke(client, by=caller_signed_in(request), now=timezone.now())
        messages.success(request, "Revoked: the clients and their tokens are refused from now on.")
