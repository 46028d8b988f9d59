"""An account task while somebody types it: its schedule, its parameters, and what they come to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest

from clients_app.callers import caller_signed_in
from tasks_app import handlers, parameters
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.exceptions import TaskNotFound
from tasks_app.models import AccountTask, Task
from tasks_app.pages import parameter_editor
from tasks_app.pages.account_task_form import AccountTaskForm
from tasks_app.pages.parameter_editor import ParameterEditor
from tasks_app.pages.preview import Preview, preview
from tasks_app.schema_references import Schema

SWITCHED_OFF: Final = "An operator has switched this task off in the catalogue: it can't be registered or changed now."


@dataclass
class Draft:
    """is_sent: whether it is to be saved; else it is only shown."""

    task: Task
    form: AccountTaskForm
    editor: ParameterEditor
    preview: Preview
    is_sent: bool

    def asked(self) -> dict[str, Any] | None:
        """Arguments of `registration`; None if it is not to be saved, or wrong: all problems are then marked."""
        if not self.is_sent:
            return None
        document = self.editor.document()
        if not self.form.is_valid() or document is None:
            return None
        given = self.form.cleaned_data
        who: dict[str, Any] = {name: given[name] for name in ("client", "is_enabled") if name in given}
        return {
            "task_id": self.task.pk,
            "schedule": self.form.schedule,
            "parameters": document,
            "notification": given["notification"],
            **who,
        }

    def refuse(self, error: Exception) -> None:
        """Show why it was not saved."""
        messages = getattr(error, "messages", [str(error)])
        for message in [SWITCHED_OFF] if isinstance(error, TaskNotFound) else messages:
            self.form.add_error(None, message)

    @property
    def is_wrong(self) -> bool:
        return self.is_sent and bool(
            self.form.errors or self.editor.problems or (self.editor.form and self.editor.form.errors)
        )


def draft(
    request: HttpRequest, task: Task, *, like: AccountTask | None, row: AccountTask | None, now: datetime
) -> Draft:
    """As it stands in the request. like: what it begins with; row: what is changed, None for a new one."""
    account = caller_signed_in(request).account
    data = request.POST if request.method == "POST" else None
    schema = _schema(task)
    stored = parameters.read(like.parameters, ContentType(like.content_type)) if like else None
    form = AccountTaskForm(account, data, initial=_initial(like), is_new=row is None)
    if data is None:
        editor = parameter_editor.opened(schema, stored)
    else:
        editor = parameter_editor.typed(schema, stored, data).switched(data.get("switch", ""))
    shown = preview(form, account=account, row=row, now=now)
    is_sent = data is not None and not {"switch", "preview"} & data.keys()
    return Draft(task, form, editor, shown, is_sent)


def _schema(task: Task) -> Schema:
    """Of the parameters, its members in the order of the handler: PostgreSQL keeps them in one of its own."""
    handler = handlers.find(task.handler)
    return handler.schema if handler and handler.schema == task.parameter_schema else task.parameter_schema


def _initial(like: AccountTask | None) -> dict[str, Any]:
    if like is None:
        return {"frequency": Frequency.DAILY, "notification": TaskNotification.FAILURE}
    return {
        "client": like.client_id,
        "frequency": Frequency(like.frequency),
        "start_at": like.start_at,
        "finish_at": like.finish_at,
        "notification": like.notification,
        "is_enabled": like.is_enabled,
    }
