"""
Partitions: on PostgreSQL each month of the history lies in tables of its own, runs by their slots and attempts by their
runs, so that what is old goes with its table, at once, and leaves nothing to be cleaned up. It needs the rights of
whoever owns the tables.

A unique slot is that of a month's table, which takes no slot of another month: so it is unique in all of them.
"""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import OperationalError, connection, transaction

log = logging.getLogger(__name__)

RUNS: Final = "tasks_app_taskrun"
ATTEMPTS: Final = "tasks_app_attempt"
KEYS: Final = {RUNS: "id", ATTEMPTS: "run_id"}

AHEAD: Final = 2  # months after the current one that have their tables already
TRIES: Final = 20
IN_THE_WAY: Final = ("55P03", "40P01")  # a lock that was waited for too long, a deadlock
_BOUNDS: Final = re.compile(r"FOR VALUES FROM \((?:MINVALUE|'(.*)')\) TO \('(.*)'\)")
_LOWEST: Final = UUID(int=0)


@dataclass(frozen=True, order=True)
class Part:
    """A table that holds the keys from `first` to before `end`; name: of it, behind that of the whole."""

    first: UUID
    end: UUID
    name: str

    def holds(self, key: UUID) -> bool:
        return self.first <= key < self.end


def are_used() -> bool:
    return connection.vendor == "postgresql"


def bound(moment: datetime) -> UUID:
    """Lower than any key that is made at that moment or later, higher than any of before."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def month_of(moment: datetime) -> datetime:
    """Its first moment, UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(moment: datetime) -> datetime:
    """The first moment of the next one, UTC."""
    return month_of(month_of(moment) + timedelta(days=31))


def prepare(now: datetime) -> list[str]:
    """Make the tables of this month and of the next ones that are not there yet; the names of the months."""
    if not are_used():
        return []
    made = []
    first = month_of(now)
    for _ in range(AHEAD + 1):
        end = month_after(first)
        if not any(part.holds(bound(first)) for part in parts()):
            briefly(_make, Part(bound(first), bound(end), f"{first:%Y_%m}"), first, end)
            made.append(f"{first:%Y-%m}")
        first = end
    return made


def drop(before: datetime) -> list[str]:
    """
    Drop the months that were over before that moment, and all of whose runs are finished; their names.

    What is left of their runs elsewhere is a notification, or a run that repeated one of them: these forget it.
    """
    dropped = []
    for part in parts() if are_used() else []:
        if part.end > bound(before):
            continue
        query = f"SELECT count(*) FROM {RUNS}_{part.name} WHERE finished_at IS NULL"  # noqa: S608
        if unfinished := _rows(query)[0][0]:
            log.warning("%s unfinished runs keep the history of %s", unfinished, part.name)
            continue
        briefly(_drop, part)
        dropped.append(part.name)
    return dropped


def analyze() -> None:
    """Give PostgreSQL figures of the months together, which it does not gather by itself."""
    if are_used():
        _run(f"ANALYZE {RUNS}, {ATTEMPTS}")


def parts() -> list[Part]:
    """The tables of the history, the oldest first, without the one that takes what fits nowhere else."""
    found = _rows(
        "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid)"
        " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass",
        RUNS,
    )
    return sorted(
        Part(UUID(bounds[1]) if bounds[1] else _LOWEST, UUID(bounds[2]), name.removeprefix(f"{RUNS}_"))
        for name, text in found
        if (bounds := _BOUNDS.fullmatch(text))
    )


def _make(part: Part, first: datetime, end: datetime) -> None:
    """With what has come meanwhile, and lies in the table for what fits nowhere else."""
    for table, key in KEYS.items():
        _run(f"LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE")
        _run(f"CREATE TABLE {table}_{part.name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        _run(
            f"WITH moved AS (DELETE FROM {table}_default WHERE {key} >= %s AND {key} < %s RETURNING *)"  # noqa: S608
            f" INSERT INTO {table}_{part.name} SELECT * FROM moved",
            part.first,
            part.end,
        )
    _run(once_per_slot(part.name))
    _run(
        f"ALTER TABLE {RUNS}_{part.name} ADD CONSTRAINT task_run_slots_of_the_month"
        f" CHECK (due_at >= '{first.isoformat()}' AND due_at < '{end.isoformat()}')"
    )
    _run("SET CONSTRAINTS ALL IMMEDIATE")
    for table in KEYS:
        bounds = f"FROM ('{part.first}') TO ('{part.end}')"
        _run(f"ALTER TABLE {table} ATTACH PARTITION {table}_{part.name} FOR VALUES {bounds}")


def once_per_slot(name: str) -> str:
    """What makes a slot unique in one of the tables."""
    return f"ALTER TABLE {RUNS}_{name} ADD CONSTRAINT task_run_once_per_slot_{name} UNIQUE (account_task_id, due_at)"


def _drop(part: Part) -> None:
    for table, column in ((RUNS, "retry_of_id"), ("tasks_app_notification", "run_id")):
        _run(
            f"UPDATE {table} SET {column} = NULL WHERE {column} >= %s AND {column} < %s",  # noqa: S608
            part.first,
            part.end,
        )
    for table in KEYS:
        _run(f"DROP TABLE {table}_{part.name}")


def briefly(change: Callable[..., None], *arguments: Any) -> None:
    """
    In a transaction that does not wait long for others: they would all wait behind it. Raises OperationalError, when
    there was no gap for it at many tries.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                _run("SET LOCAL lock_timeout = '3s'")
                change(*arguments)
                return
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in IN_THE_WAY or not tries_left:
                raise
            log.warning("the tables of the history are busy: %s", error)
            time.sleep(1)


def _run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def _rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
