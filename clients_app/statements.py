"""Statements that are executed thousands of times a second, with what our databases have for them."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections


class Statement(NamedTuple):
    """values: as the driver writes them."""

    sql: str
    values: Sequence[Any]


def is_held_up(error: Exception) -> bool:
    """Whether PostgreSQL has undone it because somebody else holds what it has to wait for (time-out, deadlock)."""
    return getattr(error.__cause__, "sqlstate", None) in ("55P03", "40P01")


def executed(sql: str, values: Sequence[Any]) -> Any:
    """
    Its answer, with `fetchone`, `fetchall` and `rowcount` as a cursor has them; to be read before the next statement.
    Raises what Django's cursors raise.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    return database.executed(sql, values)


def execute_all(statements: Iterable[Statement]) -> None:
    """Those that follow each other and differ in their values alone by one call of the driver."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        for sql, alike in groupby(statements, key=lambda each: each.sql):
            cursor.executemany(sql, [each.values for each in alike])
