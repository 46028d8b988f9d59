"""
Writes: rows as the ORM would write them, for what is done thousands of times a second. The ORM makes each statement
anew; these are made once for a table, and on PostgreSQL have the values of many rows in a list for each column, in the
binary format (`%b`), which takes the driver a third less.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from clients_app.statements import executed

Row = TypeVar("Row", bound=Model)

# Of these a driver writes a value as the field would.
WRITTEN_ALIKE = {"BooleanField", "CharField", "GenericIPAddressField", "TextField"}
ALSO_ON_POSTGRESQL = {"DateTimeField", "UUIDField"}
INTEGERS = {"PositiveIntegerField", "PositiveSmallIntegerField"}
MOST_VALUES = 32_766  # that a statement of SQLite takes


def insert(*tables: Sequence[Model]) -> None:
    """
    New rows as `save(force_insert=True)` would write them, all or nothing; the rows of a table are of one model. On
    PostgreSQL one statement for one row of each, one for each table for many. Raises IntegrityError.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql" and all(len(rows) == 1 for rows in tables):
        _insert_one_of_each([rows[0] for rows in tables], database)
    else:
        with transaction.atomic(savepoint=False):
            for rows in tables:
                _insert_all(rows, database)
    for rows in tables:
        mark_as_stored(*rows)


def insert_new(rows: Sequence[Row]) -> list[Row]:
    """Those of the rows, all of one model, that no unique constraint refuses: `bulk_create(ignore_conflicts=True)`."""
    if not rows:
        return []
    database = connections[DEFAULT_DB_ALIAS]
    columns = _columns(type(rows[0]), database)
    if database.vendor == "postgresql":
        statement, values = columns.insert_lists(columns.lists(rows))
        keys = {key for (key,) in executed(f"{statement} ON CONFLICT DO NOTHING RETURNING id", values).fetchall()}
    else:
        keys, most = set(), MOST_VALUES // len(columns.names)
        for some in (rows[at : at + most] for at in range(0, len(rows), most)):
            values = [value for row in some for value in columns.values(row)]
            statement = f"{columns.insert_values(len(some))} ON CONFLICT DO NOTHING RETURNING id"
            keys |= {UUID(key) for (key,) in executed(statement, values).fetchall()}
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
        with database.cursor() as cursor:
            cursor.executemany(columns.update, [columns.values(row) for row in rows])


def inserts(*models: type[Model], source: str) -> str:
    """
    On PostgreSQL: what inserts one row of each, as parts of a WITH (row0, row1 …), if there is a row in another part,
    `source`. Their parameters are `values_of`; `mark_as_stored` when it has been done.
    """
    columns = [_columns(model, connections[DEFAULT_DB_ALIAS]) for model in models]
    return ", ".join(f"row{number} AS ({each.insert_from(source)})" for number, each in enumerate(columns))


def values_of(*rows: Model) -> list[Any]:
    """Of all columns of the first row, then of the next, as the statements here want them."""
    database = connections[DEFAULT_DB_ALIAS]
    return [value for row in rows for value in _columns(type(row), database).values(row)]


def mark_as_stored(*rows: Model) -> None:
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _insert_one_of_each(rows: list[Model], database: BaseDatabaseWrapper) -> None:
    """One statement, and so one answer of the database to wait for."""
    tables = [_columns(type(row), database) for row in rows]
    *others, last = [columns.insert for columns in tables]
    named = ", ".join(f"row{number} AS ({other})" for number, other in enumerate(others))
    values = values_of(*rows)
    executed(f"WITH {named} {last}" if named else last, values)


def _insert_all(rows: Sequence[Model], database: BaseDatabaseWrapper) -> None:
    if not rows:
        return
    columns = _columns(type(rows[0]), database)
    if database.vendor == "postgresql":
        executed(*columns.insert_lists(columns.lists(rows)))
    else:
        with database.cursor() as cursor:
            cursor.executemany(columns.insert, [columns.values(row) for row in rows])


@dataclass(frozen=True)
class _Columns:
    """
    Some columns of a table, and the statements that write them; the last is the key in those that update.
    conversions: by column, of what the driver would write in another way than the field.
    """

    table: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    insert: str
    update: str
    update_lists: str
    raw_values: Callable[[Model], tuple[Any, ...]]
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]

    def values(self, row: Model) -> list[Any]:
        values = list(self.raw_values(row))
        for column, convert in self.conversions:
            values[column] = convert(values[column])
        return values

    def insert_lists(self, lists: list[list[Any]]) -> tuple[str, list[Any]]:
        """
        A statement for many rows, and its values. lists: column by column, of which those that have one value for all
        rows are written once: the driver takes longer for a list than PostgreSQL does for all that it writes.
        """
        alike = frozenset(column for column, values in enumerate(lists) if values.count(values[0]) == len(values))
        values = [each[0] if column in alike else each for column, each in enumerate(lists)]
        return _insert_lists(self.table, self.names, self.types, alike), values

    def insert_from(self, source: str) -> str:
        """A statement for one row, if there is one in another part of a WITH."""
        marks = ", ".join(["%s"] * len(self.names))
        return f"INSERT INTO {self.table} ({', '.join(self.names)}) SELECT {marks} FROM {source} RETURNING id"  # noqa: S608

    def insert_values(self, number: int) -> str:
        """A statement for so many rows, whose values follow each other."""
        return self.insert + f", ({', '.join(['%s'] * len(self.names))})" * (number - 1)

    def lists(self, rows: Sequence[Model]) -> list[list[Any]]:
        """Column by column."""
        return [list(column) for column in zip(*map(self.values, rows), strict=True)]


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
    )


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
    if kind == "DateTimeField":
        return database.ops.adapt_datetimefield_value
    return partial(_converted, field)


def _kind(field: Any) -> str:
    kind: str = getattr(field, "target_field", field).get_internal_type()
    return kind


def _integer(value: Any) -> int | None:
    """A member of an enumeration is one too, to us."""
    return None if value is None else int(value)


def _digits(key: UUID | None) -> str | None:
    return None if key is None else key.hex


def _converted(field: Any, value: Any) -> Any:
    return None if value is None else field.get_db_prep_save(value, connections[DEFAULT_DB_ALIAS])
