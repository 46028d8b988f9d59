"""
Writes: rows as the ORM would write them, for what is done thousands of times a second. The ORM makes each statement
anew; these are made once for a table, and on PostgreSQL have the values of many rows in a list for each column, in the
binary format (`%b`), which takes the driver a third less.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from clients_app.statements import Statement, execute_all, executed

Row = TypeVar("Row", bound=Model)

# Of these a driver writes a value as the field would.
WRITTEN_ALIKE = {"BooleanField", "CharField", "GenericIPAddressField", "TextField"}
ALSO_ON_POSTGRESQL = {"DateTimeField", "UUIDField"}
INTEGERS = {"PositiveIntegerField", "PositiveSmallIntegerField"}
MOST_VALUES = 32_766  # that a statement of SQLite takes
FEW = 16  # rows

_JSON = json.JSONEncoder(check_circular=False)


def insert(*tables: Sequence[Model]) -> None:
    """
    New rows as `save(force_insert=True)` would write them, all or nothing; the rows of a table are of one model. One
    statement on PostgreSQL. Raises IntegrityError.
    """
    database, tables = connections[DEFAULT_DB_ALIAS], tuple(filter(None, tables))
    if database.vendor != "postgresql":
        with transaction.atomic(savepoint=False):
            execute_all(insertions(*tables))
    elif tables:
        statements = insertions(*tables)
        named = ", ".join(f"rows{number} AS ({each.sql})" for number, each in enumerate(statements))
        executed(f"WITH {named} SELECT", [value for each in statements for value in each.values])
    for rows in tables:
        mark_as_stored(*rows)


def insertions(*tables: Sequence[Model]) -> list[Statement]:
    """
    Statements that write what `insert` does, for whoever writes more in one go; then `mark_as_stored`. On PostgreSQL
    one for each table, which ends with a SELECT that has no FROM yet; on SQLite one for each row: one for many takes
    three times as long.
    """
    database = connections[DEFAULT_DB_ALIAS]
    return [each for rows in tables if rows for each in _columns(type(rows[0]), database).insertions(rows, database)]


def insert_new(rows: Sequence[Row]) -> list[Row]:
    """Those of the rows, all of one model, that no unique constraint refuses: `bulk_create(ignore_conflicts=True)`."""
    if not rows:
        return []
    database = connections[DEFAULT_DB_ALIAS]
    columns = _columns(type(rows[0]), database)
    if database.vendor == "postgresql":
        [(sql, values)] = insertions(rows)
        keys = {key for (key,) in executed(f"{sql} ON CONFLICT DO NOTHING RETURNING id", values).fetchall()}
    else:
        keys, most = set(), MOST_VALUES // len(columns.names)
        for some in (rows[at : at + most] for at in range(0, len(rows), most)):
            values = [value for row in some for value in columns.values(row)]
            sql = f"{columns.insert_values(len(some))} ON CONFLICT DO NOTHING RETURNING id"
            keys |= {UUID(key) for (key,) in executed(sql, values).fetchall()}
    new = list(rows)
    if len(keys) < len(rows):
        first = {row.pk: row for row in reversed(rows)}  # of those that have one key
        new = [row for row in rows if row.pk in keys and first[row.pk] is row]
    mark_as_stored(*new)
    return new


def update(rows: Sequence[Model], names: tuple[str, ...]) -> None:
    """Write these attributes of rows, all of one model: `bulk_update`."""
    if not rows:
        return
    database = connections[DEFAULT_DB_ALIAS]
    columns = _columns(type(rows[0]), database, (*names, "id"))
    if len(rows) == 1:
        executed(columns.update, columns.values(rows[0]))
    elif database.vendor == "postgresql":
        executed(columns.update_lists, columns.lists(rows))
    else:
        with transaction.atomic(savepoint=False):
            execute_all(Statement(columns.update, columns.values(row)) for row in rows)


def mark_as_stored(*rows: Model) -> None:
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@dataclass(frozen=True)
class _Columns:
    """
    Some columns of a table, and the statements that write them; the last is the key in those that update.
    key: the place of the primary key. conversions: by column, of what the driver would write in another way than the
    field. varying: columns in which few rows had several values before.
    """

    table: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    key: int
    insert: str
    update: str
    update_lists: str
    raw_values: Callable[[Model], tuple[Any, ...]]
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]
    varying: set[int]

    def values(self, row: Model) -> list[Any]:
        values = list(self.raw_values(row))
        for column, convert in self.conversions:
            values[column] = convert(values[column])
        return values

    def insertions(self, rows: Sequence[Model], database: BaseDatabaseWrapper) -> Iterator[Statement]:
        if database.vendor == "postgresql":
            yield self._insert_lists(self.lists(rows))
        else:
            for row in rows:
                yield Statement(self.insert, self.values(row))

    def _insert_lists(self, lists: list[list[Any]]) -> Statement:
        """
        lists: column by column, of which those that have one value for all rows are written once: the driver takes
        longer for a list than PostgreSQL does for all that it writes.
        """
        number = len(lists[0])
        # The key is a list, even where a row is given twice: without one there would be one row.
        alike = frozenset(
            column for column, values in enumerate(lists) if number == 1 or (column != self.key and _are_alike(values))
        )
        if 1 < number <= FEW:
            # With a statement for each mixture there would be too many to keep.
            self.varying.update(set(range(len(lists))) - alike)
            alike -= self.varying
        values = [each[0] if column in alike else each for column, each in enumerate(lists)]
        return Statement(_insert_lists(self.table, self.names, self.types, alike), values)

    def insert_values(self, number: int) -> str:
        """A statement for so many rows, whose values follow each other."""
        return self.insert + f", ({', '.join(['%s'] * len(self.names))})" * (number - 1)

    def lists(self, rows: Sequence[Model]) -> list[list[Any]]:
        """Column by column."""
        columns = [list(column) for column in zip(*map(self.raw_values, rows), strict=True)]
        for column, convert in self.conversions:
            columns[column] = list(map(convert, columns[column]))
        return columns


def _columns(model: type[Model], database: BaseDatabaseWrapper, names: tuple[str, ...] = ()) -> _Columns:
    """All of them, or those of the attributes."""
    return _made(model, names, database.vendor)


@cache
def _made(model: type[Model], names: tuple[str, ...], vendor: str) -> _Columns:
    database = connections[DEFAULT_DB_ALIAS]
    by_attribute = {field.attname: field for field in model._meta.concrete_fields}
    attributes = names or tuple(by_attribute)
    fields = [by_attribute[name] for name in attributes]
    quoted = [database.ops.quote_name(str(field.column)) for field in fields]
    table, listed = database.ops.quote_name(model._meta.db_table), ", ".join(quoted)
    types = tuple(str(field.db_type(database)) for field in fields)
    lists = ", ".join(f"%b::{kind}[]" for kind in types)
    *changed, key = quoted
    return _Columns(
        table=table,
        names=tuple(quoted),
        types=types,
        key=attributes.index("id"),
        insert=f"INSERT INTO {table} ({listed}) VALUES ({', '.join(['%s'] * len(fields))})",  # noqa: S608
        update=f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in changed)} WHERE {key} = %s",  # noqa: S608
        update_lists=f"UPDATE {table} SET {', '.join(f'{name} = new.{name}' for name in changed)} "  # noqa: S608
        f"FROM unnest({lists}) AS new ({listed}) WHERE {table}.{key} = new.{key}",
        raw_values=attrgetter(*attributes),
        conversions=tuple(
            (column, _conversion(field, database))
            for column, field in enumerate(fields)
            if _kind(field) not in WRITTEN_ALIKE | (ALSO_ON_POSTGRESQL if vendor == "postgresql" else set())
        ),
        varying=set(),
    )


def _are_alike(values: list[Any]) -> bool:
    """The last one is looked at first: keys, of which no two are the same, take long to compare."""
    return bool(values[-1] == values[0]) and values.count(values[0]) == len(values)


@lru_cache(maxsize=1_000)
def _insert_lists(table: str, names: tuple[str, ...], types: tuple[str, ...], alike: frozenset[int]) -> str:
    """alike: the columns that have a value of their own instead of a list."""
    values = [f"%s::{kind}" if column in alike else f"unnest(%b::{kind}[])" for column, kind in enumerate(types)]
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)}"


def _conversion(field: Any, database: BaseDatabaseWrapper) -> Callable[[Any], Any]:
    kind = _kind(field)
    if kind in INTEGERS:
        return _integer
    if kind == "UUIDField":
        return _digits
    if kind == "JSONField" and field.encoder is None:
        return _json
    if kind == "DateTimeField":
        return _moments(database.ops.adapt_datetimefield_value)
    return partial(_converted, field)


def _kind(field: Any) -> str:
    kind: str = getattr(field, "target_field", field).get_internal_type()
    return kind


def _integer(value: Any) -> int | None:
    """A member of an enumeration is one too, to us."""
    return None if value is None else int(value)


def _digits(key: UUID | None) -> str | None:
    return None if key is None else key.hex


def _json(value: Any) -> str | None:
    """As text, which is one object less for each row."""
    return None if value is None else _JSON.encode(value)


def _moments(adapt: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """adapt: Django's, which does the same for moments of any zone."""

    def converted(value: datetime | None) -> Any:
        return _text_of_utc(value) if value is not None and value.tzinfo is UTC else adapt(value)

    return converted


@lru_cache(maxsize=1_000)
def _text_of_utc(moment: datetime) -> str:
    """As SQLite keeps it. A row has the same one in several columns."""
    return moment.isoformat(" ").removesuffix("+00:00")


def _converted(field: Any, value: Any) -> Any:
    return None if value is None else field.get_db_prep_save(value, connections[DEFAULT_DB_ALIAS])
