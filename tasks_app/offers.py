"""Offers: the tasks of the catalogue that can be registered, found in one statement that is made once."""

from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from clients_app import rows
from clients_app.prepared import Prepared
from tasks_app import schema_checks
from tasks_app.models import Task

COLUMNS: Final = ("id", "name", "description", "handler", "is_enabled")


def find(task_id: UUID) -> Task | None:
    """With a schema that is shared by all who ask. None if it is not in the catalogue, or switched off there."""
    found = _ENABLED.first(task_id)
    if found is None:
        return None
    task: Task = rows.stored(Task, COLUMNS, found[1:])
    task.parameter_schema = schema_checks.known(found[0])
    return task


def _enabled(task_id: UUID) -> QuerySet[Task, tuple[Any, ...]]:
    schema = Cast("parameter_schema", TextField())
    return Task.objects.enabled().filter(pk=task_id).values_list(schema, *COLUMNS)


_ENABLED: Final = Prepared(_enabled, fields=(Task._meta.get_field("id"),), stand_ins=(UUID(int=2**128 - 1),))
