"""Users and operators at the admin site."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from clients_app import accounts, second_factors, sessions
from clients_app.admin.actions import for_each, question
from clients_app.admin.base import AuditedAdmin, OfAccount
from clients_app.callers import caller_signed_in
from clients_app.models import Account, User


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
    list_filter = ("is_active", "is_staff", "role", OfAccount)
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

    actions = ("remove_second_factor", "end_sessions")

    def account_of(self, row: User) -> Account | None:
        return row.account

    @admin.action(description="Remove the second factors of the selected users")
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        hint = "For whoever has lost phone and recovery codes: from then on the password alone is enough."
        asked = "Remove the second factors of these users?"
        if page := question(self, request, queryset, action="remove_second_factor", asked=asked, hint=hint):
            return page
        by, own = caller_signed_in(request), sessions.stored_key(request)

        def remove(user: User) -> None:
            second_factors.remove(user, by=by)
            accounts.end_sessions(user, by=by, but=own)  # a phone that was lost may be signed in

        for_each(request, queryset, remove)
        return None

    @admin.action(description="Sign the selected users out everywhere")
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        by = caller_signed_in(request)
        for_each(request, queryset, lambda user: accounts.end_sessions(user, by=by))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            obj.sessions.all().delete()

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        facts = ("id", "account", "is_staff", "created_at", "last_login")
        if obj == request.user:
            return ("is_active", *facts)  # nobody locks themselves out
        return facts if obj else ()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        with transaction.atomic():
            before = self.get_object(request, unquote(id))
            response = super().user_change_password(request, id, form_url)
            if isinstance(before, User):
                user = User.objects.get(pk=before.pk)
                if user.password != before.password:
                    accounts.record_password_change(user, by=caller_signed_in(request))
        return response
