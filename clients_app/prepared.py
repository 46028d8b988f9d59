"""
Queries that are asked with each call. The ORM writes their SQL once: to write it anew takes several times as long as
the database takes for the answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Field, Model, QuerySet

Values = tuple[Any, ...]


class Prepared:
    """
    rows_of: makes the queryset, of `values_list`, from one value. field: what kind of value that is.
    stand_in: a value of that kind, which nothing else in the query has.
    """

    def __init__(self, rows_of: Callable[[Any], QuerySet[Any, Any]], *, field: Field[Any, Any], stand_in: Any) -> None:
        self._rows_of, self._field, self._stand_in = rows_of, field, stand_in

    def first(self, value: Any) -> Values | None:
        """The first row, None if there is none."""
        written, own = self._written, self._database_value(value)
        with connection.cursor() as cursor:
            cursor.execute(written.sql, [own if each is self._stand_in else each for each in written.values])
            row = cursor.fetchone()
        return None if row is None else tuple(written.converted(row))

    @cached_property
    def _written(self) -> "_Written":
        compiler = self._rows_of(self._stand_in)[:1].query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        mark = self._database_value(self._stand_in)
        assert list(values).count(mark) == 1  # noqa: S101 (else it is another query's value too)
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        return _Written(sql, tuple(self._stand_in if value == mark else value for value in values), converters)

    def _database_value(self, value: Any) -> Any:
        return self._field.get_db_prep_value(value, connection, prepared=False)


@dataclass(frozen=True)
class _Written:
    """values: of the parameters, the stand-in among them. converters: by column, of what the database answers with."""

    sql: str
    values: Values
    converters: dict[int, Any]

    def converted(self, row: Values) -> Iterator[Any]:
        for column, value in enumerate(row):
            for converter in self.converters.get(column, ([],))[0]:
                value = converter(value, self.converters[column][1], connection)
            yield value


def columns_of(model: type[Model], names: tuple[str, ...], *, path: str = "") -> list[str]:
    """The same columns as `row` takes, as lookups along a path of relations."""
    return [f"{path}{field.attname}" for field in model._meta.concrete_fields if field.attname in names]


def row(model: type[Model], names: tuple[str, ...], values: Values) -> Any:
    """A row of the model as the ORM would read it with `only` these columns: it fetches the others if it must."""
    return model.from_db(connection.alias, names, values)
