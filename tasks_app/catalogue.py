"""The catalogue of tasks: its only writer."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from clients_app import audit
from clients_app.callers import Caller
from clients_app.models.keys import new_key
from tasks_app import handlers, parameters
from tasks_app.enumerations import ContentType
from tasks_app.models import AccountTask, Task

MOST_CHECKED: Final = 1_000  # account tasks
MOST_READ: Final = 5_000_000  # characters of their parameters


def add_task(
    *,
    id: UUID | None = None,
    name: str,
    description: str = "",
    handler: str = "",
    schema: Any = None,
    is_enabled: bool = True,
    by: Caller,
) -> Task:
    """
    A task that accounts can register from now on.

    handler: the code of what does it; one that is not there yet may be named, and runs fail until it is.
    schema: JSON Schema of its parameters, {} for any; without one it is the handler's. Raises ValidationError with
    field names.
    """
    if schema is None:
        known = handlers.find(handler)
        schema = known.schema if known else {}
    parameters.check_schema(schema)
    task = Task(id=id or new_key(), parameter_schema=schema, is_enabled=is_enabled)
    task.name, task.description, task.handler = name, description, handler
    task.full_clean()
    with transaction.atomic():
        task.save(force_insert=True)
        audit.record("task added", task, by=by, account=None)
    return task


def change_task(
    task: Task, *, name: str, description: str, handler: str, schema: Any, is_enabled: bool, by: Caller
) -> Task:
    """
    The task as it is to be from now on. What is registered already stays, also where the new schema would not take it:
    see `misfits`. Raises ValidationError with field names, and Task.DoesNotExist if there is none any more.
    """
    parameters.check_schema(schema)
    with transaction.atomic():
        task = Task.objects.select_for_update().get(pk=task.pk)
        before = audit.facts_of(task)
        task.name, task.description, task.handler = name, description, handler
        task.parameter_schema, task.is_enabled = schema, is_enabled
        task.full_clean()
        task.save(update_fields=["name", "description", "handler", "parameter_schema", "is_enabled"])
        audit.record("task changed", task, by=by, account=None, before=before)
    return task


@dataclass(frozen=True)
class Misfits:
    """Of so many account tasks that were looked at, the parameters of so many are not as the schema has them."""

    looked_at: int
    count: int


def misfits(task: Task) -> Misfits:
    """Looks at the newest 1,000 account tasks of the task at most, and at 5,000,000 characters of parameters."""
    looked_at = count = read = 0
    newest = AccountTask.objects.filter(task=task, deleted_at__isnull=True).order_by("-pk")[:MOST_CHECKED]
    for text, content_type in newest.values_list("parameters", "content_type").iterator(chunk_size=20):
        looked_at += 1
        count += not _is_fit(text, ContentType(content_type), task.parameter_schema)
        read += len(text)
        if read > MOST_READ:
            break
    return Misfits(looked_at, count)


def _is_fit(text: str, content_type: ContentType, schema: Any) -> bool:
    try:
        parameters.read(text, content_type).check(schema)
    except (ValidationError, RecursionError):
        return False
    return True
