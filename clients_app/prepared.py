"""
Queries that are asked with each call. The ORM writes their SQL once: to write it anew takes several times as long as
the database takes for the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, QuerySet

Values = tuple[Any, ...]


class Prepared:
    """
    rows_of: makes the queryset, of `values_list`, from the values that it is asked with. fields: what kind of value
    each of them is. stand_ins: values of these kinds, which nothing else in the query has. around: a statement with
    the query in place of its braces, which adds columns at the end.
    """

    def __init__(
        self,
        rows_of: Callable[..., QuerySet[Any, Any]],
        *,
        fields: tuple[Field[Any, Any], ...],
        stand_ins: Values,
        around: str = "{}",
    ) -> None:
        self._rows_of, self._fields, self._stand_ins, self._around = rows_of, fields, stand_ins, around

    def first(self, *values: Any, more: Values = ()) -> Values | None:
        """The first row, None if there is none. more: what is asked around the query, as the driver writes it."""
        database, written = connections[DEFAULT_DB_ALIAS], self._written
        own = self._for_database(values, database)
        asked = [own[place] if is_own else place for is_own, place in written.parameters]
        with database.cursor() as cursor:
            cursor.execute(written.sql, [*asked, *more])
            row = cursor.fetchone()
        return None if row is None else written.converted(row, database)

    @cached_property
    def _written(self) -> "_Written":
        database = connections[DEFAULT_DB_ALIAS]
        compiler = self._rows_of(*self._stand_ins)[:1].query.get_compiler(connection=database)
        sql, parameters = compiler.as_sql()
        marks = self._for_database(self._stand_ins, database)
        assert set(marks) <= set(parameters)  # noqa: S101 (else it does not ask for one of them)
        places = tuple((True, marks.index(each)) if each in marks else (False, each) for each in parameters)
        return _Written(
            self._around.format(sql), places, compiler.get_converters([column for column, _, _ in compiler.select])
        )

    def _for_database(self, values: Values, database: BaseDatabaseWrapper) -> list[Any]:
        pairs = zip(self._fields, values, strict=True)
        return [field.get_db_prep_value(value, database, prepared=False) for field, value in pairs]


@dataclass(frozen=True)
class _Written:
    """
    parameters: which of the values that it is asked with, or a value that is always the same. converters: by column, of
    what the database answers with.
    """

    sql: str
    parameters: tuple[tuple[bool, Any], ...]
    converters: dict[int, Any]

    def converted(self, row: Values, database: BaseDatabaseWrapper) -> Values:
        values = list(row)
        for column, (converters, expression) in self.converters.items():
            for convert in converters:
                values[column] = convert(values[column], expression, database)
        return tuple(values)
