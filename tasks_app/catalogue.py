"""The catalogue of tasks: its only writer."""

from typing import Any
from uuid import UUID

from django.db import transaction

from clients_app import audit
from clients_app.callers import Caller
from clients_app.models.keys import new_key
from tasks_app import handlers, parameters
from tasks_app.models import Task


def add_task(
    *, id: UUID | None = None, name: str, description: str = "", handler: str = "", schema: Any = None, by: Caller
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
    task = Task(id=id or new_key(), name=name, description=description, handler=handler, parameter_schema=schema)
    task.full_clean()
    with transaction.atomic():
        task.save(force_insert=True)
        audit.record("task added", task, by=by, account=None)
    return task
