"""Account tasks at the admin site."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from clients_app import looking
from clients_app.admin.actions import for_each, question
from clients_app.admin.base import LastingAdmin, OfAccount
from clients_app.callers import caller_signed_in
from clients_app.models import Client
from tasks_app import clock, dispatch, masking, parameters, registration
from tasks_app.models import AccountTask, Task
from tasks_app.models.task_run import Trigger
from tasks_app.schedules import Schedule

MASKED = (
    "What looks like a secret is not shown here, and the rest is laid out anew. Leave this as it is, and nothing of it "
    "changes; or put other parameters in place of all of it."
)


class AccountTaskForm(forms.ModelForm[AccountTask]):
    """
    Shows the fields of the row, and makes of them what `registration` takes. What looks like a secret in the parameters
    stays out of sight: it is the account's. Left as they are shown, they stay what they are, byte by byte.
    """

    parameters = forms.CharField(strip=False, widget=AdminTextareaWidget)

    class Meta:
        model = AccountTask
        fields = (
            "client", "task", "frequency", "start_at", "finish_at", "parameters", "content_type", "notification",
            "is_enabled",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.masked = masking.without_secrets(self.instance.parameters)
        if self.masked != self.instance.parameters and "parameters" in self.fields:
            self.initial["parameters"] = self.masked
            self.fields["parameters"].help_text = MASKED
        for name in {"start_at", "finish_at"} & self.fields.keys():
            field = self.fields[name]
            for widget, part in zip(field.widget.widgets, ("date", "time"), strict=True):
                widget.attrs["aria-label"] = f"{field.label}, {part}"  # the stock form labels neither

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

    def clean_parameters(self) -> str:
        given: str = self.cleaned_data["parameters"]
        if _lines(given) == _lines(self.masked):
            return self.instance.parameters
        if masking.MASK in given and self.masked != self.instance.parameters:
            raise ValidationError(
                f"Write in place of each {masking.MASK} what is to stand there: it is not shown here."
            )
        return given

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


def _lines(text: str) -> str:
    """With ends of lines of one kind: browsers send another one than they were given."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@admin.register(AccountTask)
class AccountTaskAdmin(LastingAdmin):
    form = AccountTaskForm
    list_display = ("task", "account", "frequency", "status", "next_run_at", "last_run_at", "is_enabled")
    list_filter = ("is_enabled", "frequency", "status", ("deleted_at", admin.EmptyFieldListFilter), "task", OfAccount)
    show_full_result_count = False
    change_form_template = "admin/at_the_pages.html"
    list_select_related = ("task", "account")
    search_fields = ("id", "account__name", "task__name", "client__name")
    autocomplete_fields = ("client", "task")
    facts = (
        "id", "account", "status", "next_run_at", "last_run_at", "last_run_by", "created_at", "modified_at",
        "modified_by", "deleted_at",
    )  # fmt: skip

    actions = ("run_now", "pause", "resume", "remove", "restore")

    def has_change_permission(self, request: HttpRequest, obj: AccountTask | None = None) -> bool:
        return obj is None or obj.deleted_at is None

    @admin.action(description="Run the selected account tasks now")
    def run_now(self, request: HttpRequest, queryset: QuerySet[AccountTask]) -> None:
        by, now = caller_signed_in(request), clock.now()
        for_each(request, queryset, lambda row: dispatch.run_now(row, trigger=Trigger.USER, by=by, now=now))

    @admin.action(description="Pause the selected account tasks")
    def pause(self, request: HttpRequest, queryset: QuerySet[AccountTask]) -> None:
        by, now = caller_signed_in(request), clock.now()
        for_each(request, queryset, lambda row: registration.set_enabled(row, False, by=by, now=now))

    @admin.action(description="Resume the selected account tasks")
    def resume(self, request: HttpRequest, queryset: QuerySet[AccountTask]) -> None:
        by, now = caller_signed_in(request), clock.now()
        for_each(request, queryset, lambda row: registration.set_enabled(row, True, by=by, now=now))

    @admin.action(description="Delete the selected account tasks")
    def remove(self, request: HttpRequest, queryset: QuerySet[AccountTask]) -> HttpResponse | None:
        hint = "They run no more. For 30 days they can be restored: filter by \u201cdeleted\u201d to find them."
        if page := question(self, request, queryset, action="remove", asked="Delete these account tasks?", hint=hint):
            return page
        by, now = caller_signed_in(request), clock.now()
        for_each(request, queryset, lambda row: registration.remove(row, by=by, now=now))
        return None

    @admin.action(description="Restore the selected account tasks")
    def restore(self, request: HttpRequest, queryset: QuerySet[AccountTask]) -> None:
        by, now = caller_signed_in(request), clock.now()
        absent = "it is not deleted, or was more than 30 days ago."
        for_each(request, queryset, lambda row: registration.restore(row, by=by, now=now), absent=absent)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = context.get("original")
        if row and row.deleted_at is None and looking.looks_at(request) == row.account_id:
            context["at_the_pages"] = "account-task"
        return super().render_change_form(request, context, *args, **kwargs)

    def get_fields(self, request: HttpRequest, obj: AccountTask | None = None) -> Any:
        asked = [name for name in AccountTaskForm.Meta.fields if obj or name != "is_enabled"]
        if obj and not self.has_change_permission(request, obj):  # then Django shows values of the row, not of the form
            asked[asked.index("parameters")] = "masked_parameters"
        return [*asked, *self.facts] if obj else asked

    def get_readonly_fields(self, request: HttpRequest, obj: AccountTask | None = None) -> Any:
        return ("client", "masked_parameters", *self.facts) if obj else ()

    @admin.display(description="parameters")
    def masked_parameters(self, row: AccountTask) -> str:
        return masking.without_secrets(row.parameters)

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
