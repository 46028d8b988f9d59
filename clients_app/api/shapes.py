"""
Shapes with their fields bound once. A serializer copies its fields for each body and each row, which costs more than
what the fields then do; they keep nothing of what goes through them, so that one copy serves all threads.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from rest_framework.serializers import Field


def detail(shape: Any, row: Any) -> dict[str, Any]:
    """The row as `shape(row).data` has it."""
    found: dict[str, Any] = _of_answer(shape).to_representation(row)
    return found


def fields_for(shape: Any, data: Mapping[str, Any]) -> tuple[Field[Any, Any, Any, Any], ...]:
    """The fields of `shape(data=data)`, in order."""
    return _of_request(shape, getattr(data, "dialect", "json"))


@cache
def _of_answer(shape: Any) -> Any:
    bound = shape()
    bound.fields  # noqa: B018 (bound here, by one thread)
    return bound


@cache
def _of_request(shape: Any, dialect: str) -> tuple[Field[Any, Any, Any, Any], ...]:
    return tuple(shape(data=_Written(dialect)).fields.values())


class _Written(dict[str, Any]):
    """Nothing, as a body of a dialect."""

    def __init__(self, dialect: str) -> None:
        super().__init__()
        self.dialect = dialect
