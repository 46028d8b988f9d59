"""The catalogue of tasks: its only writer."""

from typing import Any
from uuid import UUID

from django.db import transaction

from clients_app import audit
from clients_app.callers import Caller
from clients_app.models.keys import new_key
from tasks_app import parameters
from tasks_app.models import Task


def add_task(
    *, id: UUID | None = None, name: str, description: str = "", handler: str = "", schema: Any = None, by: Caller
) -> Task:
    """
    A task that accounts can register from now on.

    schema: JSON Schema of its parameters, none or {} for any. Raises ValidationError with field names.
    """
    schema = {} if schema is None else schema
    parameters.check_schema(schema)
    task = Task(id=id or new_key(), name=name, description=description, handler=handler, parameter_schema=schema)
    task.full_clean()
    with transaction.atomic():
        task.save(force_insert=True)
        audit.record("task added", task, by=by, account=None)
    return task
