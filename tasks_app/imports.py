"""
Imports: account tasks from a table. A row either changes the account task whose ID it names, in those members that it
says something of, or registers a new one. What would happen can be seen first: `check` and `write` judge alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction

from clients_app.callers import Caller
from clients_app.exceptions import Refusal
from clients_app.models import Account
from tasks_app import cells, parameters, registration
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask
from tasks_app.references import Known, Unclear
from tasks_app.schedules import Schedule
from tasks_app.tables import Row, Table, Values

NEW, CHANGES, UNCHANGED, WRONG = "new", "changes", "unchanged", "wrong"
LONGEST_SHOWN: Final = 200  # characters of a value in a report
REQUIRED: Final = ("Task", "Frequency", "Parameters")  # of a new account task
USUAL: Final[Values] = {"ContentType": ContentType.JSON, "Notification": TaskNotification.NONE, "Enabled": True}
GONE = "It was deleted meanwhile."

Write = Callable[..., AccountTask]
"""A verb of registration that lacks only `by` and `now`."""


@dataclass
class Line:
    """
    What becomes of a row. kind: new, changes, unchanged or wrong. title: the name of the task, if it is known.
    changes: member, before, after. problems: sentences. account_task: the ID, empty if there is none yet.
    """

    number: int
    kind: str = WRONG
    title: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    account_task: str = ""


class _Wrong(Exception):
    """Its arguments are sentences that say what is wrong with a row."""


class _Undone(Exception):
    """Ends a transaction that is to leave nothing behind."""


def check(table: Table, *, account: Account) -> list[Line]:
    """What `write` would do by now; nothing is written."""
    return [line for line, _ in _plan(table, account)]


def write(table: Table, *, all_or_nothing: bool, by: Caller, now: datetime) -> tuple[bool, list[Line]]:
    """
    Register and change what the rows say, each as if it had come alone; with `all_or_nothing` none of them as soon as
    one is wrong. Whether the right ones were written, and what became of each row.
    """
    plan = _plan(table, by.account)
    try:
        with transaction.atomic():
            for line, verb in plan:
                if all_or_nothing and line.kind == WRONG:
                    raise _Undone
                if verb:
                    _do(line, verb, by, now)
            if all_or_nothing and any(line.kind == WRONG for line, _ in plan):
                raise _Undone
    except _Undone:
        for line, _ in plan:
            line.account_task = "" if line.kind == NEW else line.account_task
        return False, [line for line, _ in plan]
    return True, [line for line, _ in plan]


def _do(line: Line, verb: Write, by: Caller, now: datetime) -> None:
    try:
        with transaction.atomic():
            line.account_task = str(verb(by=by, now=now).pk)
    except ValidationError as error:
        line.kind, line.problems = WRONG, _said(error)
    except Refusal as refusal:
        line.kind, line.problems = WRONG, [str(refusal)]
    except AccountTask.DoesNotExist:
        line.kind, line.problems = WRONG, [GONE]


# --- what a row stands for --------------------------------------------------------------------------------------------


def _plan(table: Table, account: Account) -> list[tuple[Line, Write | None]]:
    """The lines of the report, and the verb that makes each come true; None if nothing is to be done."""
    known = Known(account, [row.values["ID"] for row in table.rows if "ID" in row.values])
    seen: dict[UUID, int] = {}
    plan: list[tuple[Line, Write | None]] = []
    for row in table.rows:
        line, verb, key = Line(row.number), None, row.values.get("ID")
        try:
            if row.problems:
                raise _Wrong(*row.problems)
            if key in seen:
                raise _Wrong(f"Row {seen[key]} has the same ID: take one of the two out.")
            verb = _change(row, known, line) if key else _registration(row, known, line)
        except (_Wrong, Unclear) as wrong:
            line.kind, line.problems = WRONG, list(wrong.args)
        if key:
            seen.setdefault(key, row.number)
        plan.append((line, verb))
    return plan


def _registration(row: Row, known: Known, line: Line) -> Write:
    missing = [f"{name} is missing." for name in REQUIRED if name not in row.values]
    if missing:
        raise _Wrong(*missing)
    values = USUAL | row.values | {"Task": known.task(row.values["Task"])}
    line.title = values["Task"].name
    arguments = _arguments(values) | {"client": known.client(values.get("Client", ""))}
    line.kind = NEW
    return partial(_register, is_enabled=values["Enabled"], **arguments)


def _register(*, is_enabled: bool, by: Caller, now: datetime, **arguments: Any) -> AccountTask:
    registered = registration.register(by=by, now=now, **arguments)
    return registered if is_enabled else registration.set_enabled(registered, False, by=by, now=now)


def _change(row: Row, known: Known, line: Line) -> Write | None:
    account_task = known.account_tasks.get(row.values["ID"])
    if account_task is None:
        raise _Wrong("The account has no task with this ID: leave the ID empty to register a new one.")
    line.title, line.account_task = account_task.task.name, str(account_task.pk)
    values = {name: value for name, value in row.values.items() if name not in ("ID", "Client")}
    if "Client" in row.values and not known.is_client(account_task.client, row.values["Client"]):
        raise _Wrong("Client can't be changed: leave its cell empty, or have it as it was.")
    if "Task" in values:
        values["Task"] = known.task(values["Task"], usually=account_task.task)
    stored = _stored(account_task)
    changed = [name for name in values if values[name] != stored[name]]
    if not changed:
        line.kind = UNCHANGED
        return None
    zone = account_task.account.zone
    line.changes = [(name, _shown(stored[name], zone), _shown(values[name], zone)) for name in changed]
    if changed == ["Enabled"]:  # which even a task that is switched off in the catalogue may be
        verb: Write = partial(registration.set_enabled, account_task, values["Enabled"])
    else:
        arguments = _arguments(stored | values)
        verb = partial(registration.change, account_task, is_enabled=values.get("Enabled"), **arguments)
    line.kind = CHANGES
    return verb


def _stored(account_task: AccountTask) -> Values:
    return {
        "Task": account_task.task,
        "Frequency": Frequency(account_task.frequency),
        "StartDate": account_task.start_at,
        "FinishDate": account_task.finish_at,
        "Parameters": account_task.parameters,
        "ContentType": ContentType(account_task.content_type),
        "Notification": TaskNotification(account_task.notification),
        "Enabled": account_task.is_enabled,
    }


def _arguments(values: Values) -> dict[str, Any]:
    """Of a verb of registration. Raises _Wrong with all that it would refuse."""
    task, problems, arguments = values["Task"], list[str](), dict[str, Any]()
    if not task.is_enabled:
        problems.append("Task is switched off in the catalogue.")
    try:
        window = (values.get("StartDate"), values.get("FinishDate"))
        arguments["schedule"] = Schedule(values["Frequency"], *window)
    except ValidationError as error:
        problems += _said(error)
    try:
        document = arguments["parameters"] = parameters.read(values["Parameters"], values["ContentType"])
        document.check(task.parameter_schema)
    except ValidationError as error:
        problems += _said(error)
    if problems:
        raise _Wrong(*problems)
    return arguments | {"task_id": task.pk, "notification": values["Notification"]}


def _said(error: ValidationError) -> list[str]:
    columns = {"finish_at": "FinishDate", "parameters": "Parameters"}
    return [
        f"{columns.get(name, name)} {said}." for name, sentences in error.message_dict.items() for said in sentences
    ]


def _shown(value: Any, zone: ZoneInfo) -> str:
    """A value as the report shows it, in the way that a cell has it."""
    if isinstance(value, datetime):
        return cells.moment(value, zone)
    if isinstance(value, ContentType):
        return value.value
    if isinstance(value, bool | Enum):
        return value.name if isinstance(value, Enum) else str(value).lower()
    text = "none" if value is None else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
