"""The operators' window on the catalogue, on what is registered and on what ran."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from clients_app.admin import AccountAdmin, AuditedAdmin, LastingAdmin, ReadOnlyAdmin
from clients_app.callers import Caller, caller_signed_in
from clients_app.exceptions import Refusal
from clients_app.models import Account, Client
from tasks_app import clock, dispatch, parameters, registration, running
from tasks_app.models import AccountTask, Attempt, Heartbeat, Notification, Task, TaskRun
from tasks_app.models.task_run import Trigger
from tasks_app.schedules import Schedule

Row = TypeVar("Row", bound=Model)

admin.site.site_header = admin.site.site_title = "Account Tasks"


def for_each(request: HttpRequest, rows: Iterable[Row], do: Callable[[Row], object]) -> None:
    """An action: each row for itself, and what was refused is said."""
    done = 0
    for row in rows:
        try:
            do(row)
            done += 1
        except Refusal as error:
            messages.error(request, f"{row}: {error}")
        except AccountTask.DoesNotExist:
            messages.error(request, f"{row}: it was deleted.")
    if done:
        messages.success(request, f"Done for {done}.")


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


class AttemptInline(admin.TabularInline[Attempt, TaskRun]):
    model = Attempt
    extra = 0
    fields = ("number", "worker", "started_at", "finished_at", "outcome", "summary", "log")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(TaskRun)
class TaskRunAdmin(ReadOnlyAdmin):
    inlines = (AttemptInline,)
    actions = ("cancel", "run_again")
    list_display = ("id", "account_task", "state", "trigger", "due_at", "started_at", "finished_at", "summary")
    list_filter = ("state", "trigger")
    list_select_related = ("account_task__task", "account_task__account")
    search_fields = ("id", "account_task__id", "account_task__account__name")
    date_hierarchy = "created_at"

    @admin.action(description="Cancel the selected runs")
    def cancel(self, request: HttpRequest, queryset: QuerySet[TaskRun]) -> None:
        for_each(request, queryset, lambda run: running.cancel(run, by=caller_signed_in(request), now=clock.now()))

    @admin.action(description="Run the selected runs again")
    def run_again(self, request: HttpRequest, queryset: QuerySet[TaskRun]) -> None:
        for_each(request, queryset, lambda run: dispatch.run_again(run, by=caller_signed_in(request), now=clock.now()))


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("subject", "user", "created_at", "mailed_at", "mail_problem")
    list_filter = (("mail_at", admin.EmptyFieldListFilter), ("mail_problem", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("subject", "user__email", "account__name")
    date_hierarchy = "created_at"


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "at", "note")


admin.site.unregister(Account)


@admin.register(Account)
class AccountWithTasksAdmin(AccountAdmin):
    """When its time zone changes, so do the next runs of its tasks."""

    def change_account(self, obj: Account, by: Caller) -> None:
        registration.change_account(
            obj, name=obj.name, time_zone=obj.time_zone, is_enabled=obj.is_enabled, by=by, now=clock.now()
        )
