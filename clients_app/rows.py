"""
Rows that go through no constructor: a model's own looks at each of its fields, says so to listeners that there are
none of, and takes longer than all else that is done with a row that is only written or read.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState

from clients_app.statements import executed

Values = tuple[Any, ...]


def stored(model: type[Model], names: tuple[str, ...], values: Values) -> Any:
    """A row as the ORM would read it with `only` these columns, in their order: it fetches the others if it must."""
    made = _made(model, dict(zip(names, values, strict=True)))
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
    return made


def read(found: QuerySet[Any]) -> list[Any]:
    """The rows of a queryset that reads one table, `only` some columns of it."""
    database = connections[DEFAULT_DB_ALIAS]
    compiler = found.query.get_compiler(connection=database)
    sql, values = compiler.as_sql()
    columns = [column for column, _, _ in compiler.select]
    fetched = executed(sql, values).fetchall()
    if converters := compiler.get_converters(columns):
        fetched = compiler.apply_converters(fetched, converters)
    names = tuple(column.target.attname for column in columns)
    return [stored(found.model, names, tuple(row)) for row in fetched]


def new(model: type[Model], *, related: dict[str, Model], **values: Any) -> Any:
    """As `model(**related, **values)`: the others have their defaults. values: by the names of columns."""
    fixed, called = _defaults(model)
    made = _made(model, fixed)
    columns = made.__dict__
    columns.update(values)
    for name, default in called.items():
        if name not in values:
            columns[name] = default()
    for name, row in related.items():
        columns[f"{name}_id"] = row.pk
    made._state.fields_cache.update(related)
    made._state.db = DEFAULT_DB_ALIAS if related else None
    return made


def _made(model: type[Model], values: dict[str, Any]) -> Any:
    made = model.__new__(model)
    made._state = ModelState()
    made.__dict__.update(values)
    return made


@cache
def _defaults(model: type[Model]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """Those that are always the same, and those that are made anew."""
    fields: Any = model._meta.concrete_fields
    called = {field.attname: field.default for field in fields if field.has_default() and callable(field.default)}
    return {field.attname: field.get_default() for field in fields if field.attname not in called}, called
