"""
Claims: the start of an attempt. The run that is ready becomes this worker's, for as long as its lease goes; whoever
comes second finds it no longer ready. The statements are made once: this is done for each run.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Model, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from clients_app import rows, writes
from clients_app.models import Account
from clients_app.prepared import Prepared, PreparedUpdate
from tasks_app import clock, schema_checks
from tasks_app.models import AccountTask, Attempt, Task, TaskRun
from tasks_app.models.task_run import State


def claim(run_id: UUID, *, worker: str) -> tuple[TaskRun, datetime] | None:
    """
    Begin an attempt of the run if it is its turn, else None. The run comes with its account task, and the account and
    the task of that; and with the moment that the attempt began at.
    """
    with transaction.atomic():
        if not _CLAIM.run(run_id, settings.LEASE):
            return None
        run = _found(run_id)
        account_task = run.account_task
        assert run.leased_until is not None  # noqa: S101 (the constraint of the table)
        now = run.leased_until - settings.LEASE
        writes.insert([rows.new(Attempt, related={"run": run}, number=run.fence, worker=worker, started_at=now)])
        changed: tuple[str, ...] = ()
        if account_task.latest_run_id == run.pk:
            account_task.status, changed = State.RUNNING, ("status",)
        if run.fence == 1:
            account_task.last_run_at, account_task.last_run_by = now, run.asked_by
            changed += ("last_run_at", "last_run_by")
        if changed:
            writes.update([account_task], changed)
    return run, now


def lease() -> Combinable:
    """Until when a run is leased that is claimed, or renewed, by the statement that it stands in."""
    return _after(settings.LEASE)


def _after(wait: timedelta) -> Combinable:
    return ExpressionWrapper(clock.NOW + Value(wait, DurationField()), clock.NOW.output_field)


def _found(run_id: UUID) -> TaskRun:
    found = _FOUND.first(run_id)
    assert found is not None  # noqa: S101 (it has just been changed)
    columns = iter(found[1:])
    run: TaskRun = _next(columns, TaskRun)
    account_task, task, account = (_next(columns, model) for model in (AccountTask, Task, Account))
    task.parameter_schema = schema_checks.known(found[0])
    run._state.fields_cache["account_task"] = account_task
    account_task._state.fields_cache.update(task=task, account=account)
    return run


def _next(columns: Iterator[Any], model: type[Model]) -> Any:
    names = _COLUMNS[model]
    return rows.stored(model, names, tuple(islice(columns, len(names))))


def _columns(model: type[Model]) -> tuple[str, ...]:
    """All but the schema, which is read once for all who have the same one."""
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname != "parameter_schema")


# --- statements -------------------------------------------------------------------------------------------------------

_PATHS: Final[dict[type[Model], str]] = {
    TaskRun: "",
    AccountTask: "account_task__",
    Task: "account_task__task__",
    Account: "account_task__account__",
}
_COLUMNS: Final = {model: _columns(model) for model in _PATHS}
_KEY: Final = TaskRun._meta.get_field("id")
_A_KEY: Final = UUID(int=2**128 - 1)

_CLAIM: Final = PreparedUpdate(
    lambda key, wait: TaskRun.objects.ready().filter(pk=key).order_by(),
    lambda key, wait: {
        "state": State.RUNNING,
        "fence": F("fence") + 1,
        "attempts": F("attempts") + 1,
        "leased_until": _after(wait),
        "started_at": Coalesce("started_at", clock.NOW),
        "next_attempt_at": None,
    },
    fields=(_KEY, DurationField()),
    stand_ins=(_A_KEY, timedelta(days=1_000)),
)
_FOUND: Final = Prepared(
    lambda key: (
        TaskRun.objects.filter(pk=key)
        .order_by()
        .values_list(
            Cast("account_task__task__parameter_schema", TextField()),
            *(path + name for model, path in _PATHS.items() for name in _COLUMNS[model]),
        )
    ),
    fields=(_KEY,),
    stand_ins=(_A_KEY,),
)
