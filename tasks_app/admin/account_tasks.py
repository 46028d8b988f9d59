"""Account tasks at the admin site."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from clients_app.admin.base import LastingAdmin
from clients_app.callers import caller_signed_in
from clients_app.models import Client
from tasks_app import clock, dispatch, parameters, registration
from tasks_app.admin.actions import for_each
from tasks_app.models import AccountTask, Task
from tasks_app.models.task_run import Trigger
from tasks_app.schedules import Schedule


class AccountTaskForm(forms.ModelForm[AccountTask]):
    """Shows the fields of the row, and makes of them what `registration` takes."""

    parameters = forms.CharField(strip=False, widget=AdminTextareaWidget)

    class Meta:
        model = AccountTask
        fields = (
            "client", "task", "frequency", "start_at", "finish_at", "parameters", "content_type", "notification",
            "is_enabled",
        )  # fmt: skip

    def clean_task(self) -> Task:
        task: Task = self.cleaned_data["task"]
        if not task.is_enabled:
            raise ValidationError("This task is switched off in the catalogue.")
        return task

    def clean_client(self) -> Client:
        client: Client = self.cleaned_data["client"]
        if not client.is_enabled:
            raise ValidationError("This client is revoked.")
        return client

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        given = self.cleaned_data
        try:
            self.schedule = Schedule(given.get("frequency", 0), given.get("start_at"), given.get("finish_at"))
            if {"task", "parameters", "content_type"} <= given.keys():
                self.document = parameters.read(given["parameters"], given["content_type"])
                self.document.check(given["task"].parameter_schema)
        except ValidationError as error:
            self.add_error(None, error)
        return cleaned


@admin.register(AccountTask)
class AccountTaskAdmin(LastingAdmin):
    form = AccountTaskForm
    list_display = ("task", "account", "frequency", "status", "next_run_at", "last_run_at", "is_enabled")
    list_filter = ("is_enabled", "frequency", "status", "task")
    list_select_related = ("task", "account")
    search_fields = ("id", "account__name", "task__name", "client__name")
    autocomplete_fields = ("client", "task")
    facts = (
        "id", "account", "status", "next_run_at", "last_run_at", "last_run_by", "created_at", "modified_at",
        "modified_by", "deleted_at",
    )  # fmt: skip

    actions = ("run_now",)

    def has_change_permission(self, request: HttpRequest, obj: AccountTask | None = None) -> bool:
        return obj is None or obj.deleted_at is None

    @admin.action(description="Run the selected account tasks now")
    def run_now(self, request: HttpRequest, queryset: QuerySet[AccountTask]) -> None:
        by, now = caller_signed_in(request), clock.now()
        for_each(request, queryset, lambda row: dispatch.run_now(row, trigger=Trigger.USER, by=by, now=now))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        asked = [name for name in AccountTaskForm.Meta.fields if obj or name != "is_enabled"]
        return [*asked, *self.facts] if obj else asked

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("client", *self.facts) if obj else ()

    def save_model(self, request: HttpRequest, obj: AccountTask, form: Any, change: bool) -> None:
        asked: dict[str, Any] = {
            "task_id": obj.task_id,
            "schedule": form.schedule,
            "parameters": form.document,
            "notification": obj.notification,
            "by": caller_signed_in(request),
            "now": clock.now(),
        }
        if change:
            registration.change(obj, is_enabled=obj.is_enabled, **asked)
        else:
            registered = registration.register(client=obj.client, **asked)
            obj.pk, obj.account = registered.pk, registered.account
