"""What all pages of the admin site share: rows are not deleted, history is not changed, changes leave a trail."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from clients_app import audit
from clients_app.admin.bad_input import PatientAdmin
from clients_app.callers import caller_signed_in
from clients_app.models import Account


class LastingAdmin(PatientAdmin):
    """Rows are switched off, revoked or hidden, never deleted: history points to them."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class OfAccount(admin.SimpleListFilter):
    """What links from the page of an account filter by. It offers that account alone: there may be thousands."""

    title = "account"
    parameter_name = "of_account"
    path = "account"  # of the row's account

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = self.value()
        if not value:
            return []
        try:
            account = Account.objects.filter(pk=value).first()
        except ValidationError:  # it is no ID
            account = None
        return [(value, account.name if account else "none that there is")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        try:
            return queryset.filter(**{self.path: self.value()}) if self.value() else queryset
        except ValidationError:
            return queryset.none()


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
