"""The catalogue of tasks at the admin site, the only place where it is edited."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clients_app.admin.base import LastingAdmin
from clients_app.callers import caller_signed_in
from tasks_app import catalogue, handlers, parameter_forms, parameters
from tasks_app.models import AccountTask, Task

TAKE_SCHEMA = "_take_schema"  # the button that puts the handler's schema into the form


class HandlerInput(forms.TextInput):
    """The handlers that there are, to choose from; one that is not there yet can be typed."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        known = ((handler.code, handler.title) for handler in handlers.HANDLERS)
        options = format_html_join("", '<option value="{}">{}</option>', known)
        own = super().render(name, value, {**(attrs or {}), "list": "handlers"}, renderer)
        return format_html('{}<datalist id="handlers">{}</datalist>', own, options)


class SchemaInput(forms.Textarea):
    """With a button that fetches the schema of the handler."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        own = super().render(
            name, value, {"cols": "80", "rows": "20", "spellcheck": "false", **(attrs or {})}, renderer
        )
        button = '<button class="button" name="{}" value="yes" formnovalidate>Use the schema of the handler</button>'
        return format_html("<div>{}<p>" + button + "</p></div>", own, TAKE_SCHEMA)


class SchemaField(forms.JSONField):
    """What was typed stays as it was typed, whatever is wrong with it."""

    def to_python(self, value: Any) -> Any:
        try:
            return parameters.read_schema(value or "")
        except ValidationError as error:
            raise ValidationError(error.message_dict["parameter_schema"]) from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        return InvalidJSONInput(data or "")

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, InvalidJSONInput) else shown(value)


class TaskForm(forms.ModelForm[Task]):
    handler = forms.CharField(
        max_length=50, required=False, widget=HandlerInput, help_text="Code of the handler that does the task."
    )
    parameter_schema = SchemaField(
        required=False, widget=SchemaInput, help_text="JSON Schema of the parameters; an empty one takes any document."
    )

    class Meta:
        model = Task
        fields = ("name", "description", "handler", "parameter_schema", "is_enabled", "id")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_taking_schema = TAKE_SCHEMA in self.data
        self.taken_from = handlers.find(self.data.get("handler", "")) if self.is_taking_schema else None
        if self.taken_from:
            self.data = dict(self.data.items()) | {"parameter_schema": shown(self.taken_from.schema)}

    def is_valid(self) -> bool:
        """A form that fetches a schema is only shown again: nothing is saved before it was seen."""
        return super().is_valid() and not self.is_taking_schema

    def clean(self) -> dict[str, Any] | None:
        if self.is_taking_schema and not self.taken_from:
            self.add_error("handler", "There is no such handler: choose one whose schema can be used.")
        return super().clean()


@admin.register(Task)
class TaskAdmin(LastingAdmin):
    form = TaskForm
    list_display = ("name", "id", "handler_shown", "account_tasks", "is_enabled")
    list_filter = ("is_enabled", "handler")
    search_fields = ("name", "id", "description", "handler")
    change_form_template = "admin/task.html"
    save_on_top = True  # so that the key Enter means the first button, which saves, and not the one that takes a schema

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        tasks: QuerySet[Task] = super().get_queryset(request).annotate(registered=_registered())
        return tasks

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("id", "created_at") if obj else ()

    def get_urls(self) -> list[URLPattern]:
        preview = path("<uuid:id>/preview", self.admin_site.admin_view(self.preview), name="tasks_app_task_preview")
        return [preview, *super().get_urls()]

    @admin.display(description="handler", ordering="handler")
    def handler_shown(self, task: Task) -> str:
        return task.handler if handlers.find(task.handler) else f"{task.handler or 'none'}: runs fail"

    @admin.display(description="account tasks")
    def account_tasks(self, task: Any) -> int:
        count: int = task.registered
        return count

    def save_model(self, request: HttpRequest, obj: Task, form: Any, change: bool) -> None:
        given: dict[str, Any] = {
            "name": obj.name,
            "description": obj.description,
            "handler": obj.handler,
            "schema": obj.parameter_schema,
            "is_enabled": obj.is_enabled,
            "by": caller_signed_in(request),
        }
        if change:
            catalogue.change_task(obj, **given)
        else:
            catalogue.add_task(id=obj.pk, **given)
        if not obj.handler:
            messages.warning(request, "The task has no handler: its runs fail until it has one.")
        elif not handlers.find(obj.handler):
            messages.warning(request, f"There is no handler \u201c{obj.handler}\u201d: runs fail until there is one.")
        if change and "parameter_schema" in form.changed_data:
            _say_misfits(request, catalogue.misfits(obj))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = context["adminform"].form
        if getattr(form, "taken_from", None):
            title = form.taken_from.title
            messages.info(
                request, f"Below is the schema of \u201c{title}\u201d. Nothing is saved yet: look, then save."
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def preview(self, request: HttpRequest, id: UUID) -> HttpResponse:
        """The parameters as whoever registers the task is asked for them."""
        task = get_object_or_404(Task, pk=id)
        return render(
            request, "admin/task_preview.html", {"task": task, "form": parameter_forms.of_schema(task.parameter_schema)}
        )


def shown(schema: Any) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False)


def _registered() -> Coalesce:
    """How many account tasks, as a subquery: counted for the tasks of one page alone."""
    of_task = AccountTask.objects.filter(task=OuterRef("pk"), deleted_at__isnull=True).order_by()
    return Coalesce(Subquery(of_task.values("task").annotate(count=Count("pk")).values("count")), 0)


def _say_misfits(request: HttpRequest, found: catalogue.Misfits) -> None:
    if found.count:
        messages.warning(
            request,
            f"Of {found.looked_at} account tasks that were looked at, the parameters of {found.count} do not satisfy"
            " the new schema. They stay as they are: their runs are refused until the parameters are changed.",
        )
    elif found.looked_at:
        messages.success(request, f"All of {found.looked_at} account tasks that were looked at satisfy the new schema.")
