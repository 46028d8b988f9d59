"""The operators' window on accounts, users, clients and the audit trail."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from clients_app import accounts, audit, clients
from clients_app.callers import Caller, caller_signed_in
from clients_app.models import AccessToken, Account, AuditEntry, Client, Counter, User

admin.site.unregister(Group)  # operators may do everything, so there is nothing to group


class LastingAdmin(admin.ModelAdmin[Any]):
    """Rows are switched off, revoked or hidden, never deleted: history points to them."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(LastingAdmin):
    """History: to be seen, not to be changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class AuditedAdmin(LastingAdmin):
    """Writes the audit entry of what is changed here; Django runs both in one transaction."""

    def account_of(self, row: Any) -> Account | None:
        """The account that the row belongs to."""
        return None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = audit.facts_of(type(obj)._default_manager.get(pk=obj.pk)) if change else None
        super().save_model(request, obj, form, change)
        action = f"{obj._meta.verbose_name} {'changed' if change else 'created'}"
        audit.record(action, obj, by=caller_signed_in(request), account=self.account_of(obj), before=before)


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


class NewUserForm(AdminUserCreationForm[User]):
    """Whoever has no account is an operator, and nobody else is."""

    class Meta:
        model = User
        fields = ("email", "account", "role")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self.instance.is_staff = self.instance.is_superuser = self.cleaned_data.get("account") is None
        return cleaned


class UserForm(UserChangeForm[User]):
    """The account stays: the user's clients belong to it."""

    class Meta:
        model = User
        fields = ("email", "password", "role", "is_active")


@admin.register(User)
class UserAdmin(AuditedAdmin, StockUserAdmin[User]):
    form = UserForm
    add_form = NewUserForm
    list_display = ("email", "account", "role", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "role")
    list_select_related = ("account",)
    search_fields = ("email", "id", "account__name")
    ordering = ("email",)
    autocomplete_fields = ("account",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "password", "role", "is_active")}),
        ("Facts", {"fields": ("id", "account", "is_staff", "created_at", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "account", "role", "usable_password", "password1", "password2")}),)

    def account_of(self, row: User) -> Account | None:
        return row.account

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("id", "account", "is_staff", "created_at", "last_login") if obj else ()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        with transaction.atomic():
            before = User.objects.filter(pk=id).values_list("password", flat=True).first()
            response = super().user_change_password(request, id, form_url)
            user = User.objects.filter(pk=id).first()
            if user and user.password != before:
                accounts.record_password_change(user, by=caller_signed_in(request))
        return response


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
    list_filter = ("action", "kind")
    list_select_related = ("account",)
    search_fields = ("by", "row_id", "account__name")
    date_hierarchy = "at"
