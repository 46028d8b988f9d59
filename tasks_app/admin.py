"""The operators' window on the catalogue, on what is registered and on what ran."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from clients_app.admin import AuditedAdmin, LastingAdmin, ReadOnlyAdmin, operator_of
from clients_app.models import Client
from tasks_app import parameters, registration
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.schedules import Schedule

admin.site.site_header = admin.site.site_title = "Account Tasks"


class TaskForm(forms.ModelForm[Task]):
    class Meta:
        model = Task
        fields = ("name", "description", "handler", "parameter_schema", "is_enabled", "id")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if "parameter_schema" in self.cleaned_data:
            try:
                parameters.check_schema(self.cleaned_data["parameter_schema"] or {})
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


@admin.register(Task)
class TaskAdmin(AuditedAdmin):
    form = TaskForm
    list_display = ("name", "id", "handler", "is_enabled")
    list_filter = ("is_enabled", "handler")
    search_fields = ("name", "id", "description", "handler")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("id", "created_at") if obj else ()


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

    def has_change_permission(self, request: HttpRequest, obj: AccountTask | None = None) -> bool:
        return obj is None or obj.deleted_at is None

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
            "by": operator_of(request),
            "now": timezone.now(),
        }
        if change:
            registration.change(obj, is_enabled=obj.is_enabled, **asked)
        else:
            registered = registration.register(client=obj.client, **asked)
            obj.pk, obj.account = registered.pk, registered.account


@admin.register(TaskRun)
class TaskRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "account_task", "state", "trigger", "due_at", "started_at", "finished_at")
    list_filter = ("state", "trigger")
    list_select_related = ("account_task__task", "account_task__account")
    search_fields = ("id", "account_task__id", "account_task__account__name")
    date_hierarchy = "created_at"
