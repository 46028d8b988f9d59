"""Clients at the admin site."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from clients_app import clients
from clients_app.admin.actions import Shown, for_each, question, shown_once
from clients_app.admin.base import LastingAdmin, OfAccount
from clients_app.callers import caller_signed_in
from clients_app.models import Client, User


@admin.register(Client)
class ClientAdmin(LastingAdmin):
    list_display = ("name", "account", "user", "created_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), OfAccount)
    list_select_related = ("account", "user")
    search_fields = ("name", "id", "account__name", "user__email")
    fields = ("name", "user", "account", "id", "created_at", "last_used_at", "revoked_at")
    readonly_fields = ("account", "id", "created_at", "last_used_at", "revoked_at")
    actions = ("rotate", "revoke")

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
        obj.secret_hash = new.secret  # for `response_add`; what is stored is its hash

    def response_add(self, request: HttpRequest, obj: Client, post_url_continue: str | None = None) -> HttpResponse:
        return shown_once(self, request, [_shown(obj, obj.secret_hash)])

    @admin.action(description="Rotate the secrets of the selected clients", permissions=["add"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[Client]) -> HttpResponse | None:
        by, now, fresh = caller_signed_in(request), timezone.now(), []

        def rotate(client: Client) -> None:
            fresh.append(_shown(client, clients.rotate(client, by=by, now=now).secret))

        for_each(request, queryset, rotate, absent="it is revoked.")
        return shown_once(self, request, fresh) if fresh else None

    @admin.action(description="Revoke the selected clients", permissions=["add"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Client]) -> HttpResponse | None:
        hint = "They and their tokens are refused from now on, for good. What they have registered stays, and runs on."
        if page := question(self, request, queryset, action="revoke", asked="Revoke these clients?", hint=hint):
            return page
        by, now = caller_signed_in(request), timezone.now()
        for_each(request, queryset, lambda client: clients.revoke(client, by=by, now=now))
        return None


def _shown(client: Client, secret: str) -> Shown:
    return Shown(f"Client {client}, {client.pk}", secret)
