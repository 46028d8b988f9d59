"""
Statements of each call and of each run. The ORM writes their SQL once: to write it anew takes several times as long as
the database takes for the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, QuerySet
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

from clients_app.statements import executed

Values = tuple[Any, ...]


class Prepared:
    """
    rows_of: makes the queryset, of `values_list`, from the values that it is asked with. fields: what kind of value
    each of them is. stand_ins: values of these kinds, which nothing else in the query has.
    """

    def __init__(
        self,
        rows_of: Callable[..., QuerySet[Any, Any]],
        *,
        fields: tuple[Field[Any, Any], ...],
        stand_ins: Values,
    ) -> None:
        self._rows_of, self._fields, self._stand_ins = rows_of, fields, stand_ins

    def first(self, *values: Any) -> Values | None:
        """The first row, None if there is none."""
        database, written = connections[DEFAULT_DB_ALIAS], self._written
        row = executed(written.sql, written.asked(values, database)).fetchone()
        return None if row is None else written.converted(row, database)

    def first_of_each(self, asked: Sequence[Values]) -> list[Values | None]:
        """`first` with each of them, in one statement."""
        database, written = connections[DEFAULT_DB_ALIAS], self._written
        if len(asked) == 1:
            return [self.first(*asked[0])]
        if database.vendor == "postgresql":
            sql, values = written.sql_of_each, written.asked_of_each(asked, database)
        else:
            sql = _repeated(written.sql, len(asked))
            values = [value for each in asked for value in written.asked(each, database)]
        found: list[Values | None] = [None] * len(asked)
        for number, *row in executed(sql, values).fetchall():
            found[number - 1] = written.converted(tuple(row), database)
        return found

    @cached_property
    def _written(self) -> "_Written":
        compiler = self._rows_of(*self._stand_ins)[:1].query.get_compiler(DEFAULT_DB_ALIAS)
        return _write(compiler, self._fields, self._stand_ins)


class PreparedUpdate:
    """What `rows_of(*values).update(**changes_of(*values))` does. The other arguments are those of `Prepared`."""

    def __init__(
        self,
        rows_of: Callable[..., QuerySet[Any, Any]],
        changes_of: Callable[..., dict[str, Any]],
        *,
        fields: tuple[Field[Any, Any], ...],
        stand_ins: Values,
    ) -> None:
        self._rows_of, self._changes_of, self._fields, self._stand_ins = rows_of, changes_of, fields, stand_ins

    def run(self, *values: Any) -> int:
        """The number of rows that it has changed."""
        written = self._written
        return int(executed(written.sql, written.asked(values, connections[DEFAULT_DB_ALIAS])).rowcount)

    @cached_property
    def _written(self) -> "_Written":
        query: Any = self._rows_of(*self._stand_ins).query.chain(UpdateQuery)
        query.add_update_values(self._changes_of(*self._stand_ins))
        return _write(query.get_compiler(DEFAULT_DB_ALIAS), self._fields, self._stand_ins)


@dataclass(frozen=True)
class _Written:
    """
    parameters: which of the values that it is asked with, or a value that is always the same. converters: by column, of
    what the database answers with.
    """

    sql: str
    fields: tuple[Field[Any, Any], ...]
    parameters: tuple[tuple[bool, Any], ...]
    converters: dict[int, Any]

    @cached_property
    def sql_of_each(self) -> str:
        """
        The query for each of several: PostgreSQL's, with the lists of their values first. A column before the others
        says which one the row is for, from 1 on.
        """
        first, *parts = self.sql.split("%s")
        marks = [f"asked.value{place}" if is_own else "%s" for is_own, place in self.parameters]
        query = "".join([first, *(text for pair in zip(marks, parts, strict=True) for text in pair)])
        names = ", ".join(f"value{place}" for place in range(len(self.fields)))
        lists = ", ".join(f"%b::{field.db_type(connections[DEFAULT_DB_ALIAS])}[]" for field in self.fields)
        asked = f"unnest({lists}) WITH ORDINALITY AS asked ({names}, number)"
        return f"SELECT asked.number, found.* FROM {asked}, LATERAL ({query}) AS found"  # noqa: S608

    def asked_of_each(self, asked: Sequence[Values], database: BaseDatabaseWrapper) -> list[Any]:
        lists = zip(*(_for_database(self.fields, values, database) for values in asked), strict=True)
        return [*map(list, lists), *(value for is_own, value in self.parameters if not is_own)]

    def asked(self, values: Values, database: BaseDatabaseWrapper) -> list[Any]:
        own = _for_database(self.fields, values, database)
        return [own[place] if is_own else place for is_own, place in self.parameters]

    def converted(self, row: Values, database: BaseDatabaseWrapper) -> Values:
        values = list(row)
        for column, (converters, expression) in self.converters.items():
            for convert in converters:
                values[column] = convert(values[column], expression, database)
        return tuple(values)


def _write(compiler: SQLCompiler, fields: tuple[Field[Any, Any], ...], stand_ins: Values) -> _Written:
    database = connections[DEFAULT_DB_ALIAS]
    sql, parameters = compiler.as_sql()
    marks = _for_database(fields, stand_ins, database)
    assert all(mark in parameters for mark in marks)  # noqa: S101 (else it does not ask for one of them)
    places = tuple((True, marks.index(each)) if each in marks else (False, each) for each in parameters)
    converters = compiler.get_converters([column for column, _, _ in compiler.select or ()])
    return _Written(sql, fields, places, converters)


@lru_cache(maxsize=100)
def _repeated(query: str, times: int) -> str:
    """A column before the others says which time the row is for, from 1 on."""
    each = (f"SELECT {time}, found.* FROM ({query}) AS found" for time in range(1, times + 1))  # noqa: S608
    return " UNION ALL ".join(each)


def _for_database(fields: tuple[Field[Any, Any], ...], values: Values, database: BaseDatabaseWrapper) -> list[Any]:
    return [
        field.get_db_prep_value(value, database, prepared=False) for field, value in zip(fields, values, strict=True)
    ]
