"""
Shapes with their fields bound once. A serializer copies its fields for each body, which costs more than what the fields
then do; they keep nothing of what goes through them, so that one copy serves all threads.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from rest_framework.serializers import Field


def fields_for(shape: Any, data: Mapping[str, Any]) -> tuple[Field[Any, Any, Any, Any], ...]:
    """The fields of `shape(data=data)`, in order."""
    return _of_request(shape, getattr(data, "dialect", "json"))


@cache
def _of_request(shape: Any, dialect: str) -> tuple[Field[Any, Any, Any, Any], ...]:
    return tuple(shape(data=_Written(dialect)).fields.values())


class _Written(dict[str, Any]):
    """Nothing, as a body of a dialect."""

    def __init__(self, dialect: str) -> None:
        super().__init__()
        self.dialect = dialect
