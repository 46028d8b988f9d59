"""What stands behind the question mark of an address, read by a serializer like a body."""

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request


class Query(Mapping[str, str]):
    """The members of a query under their names, in any case; the values are written as in a form."""

    dialect = "form"

    def __init__(self, request: Request) -> None:
        self._members = {name.lower(): request.GET[name] for name in request.GET}

    def __getitem__(self, name: str) -> str:
        return self._members[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def read(request: Request, shape: type[serializers.BaseSerializer[Any]], *, is_strict: bool = True) -> dict[str, Any]:
    """
    The validated members of the query. Raises serializers.ValidationError; where the query is strict also for a member
    that the shape does not have, since a filter with a wrong name would seem to have let everything through.
    """
    query = Query(request)
    asked: Any = shape(data=query)
    known = {name.lower() for name in asked.fields}
    if is_strict and not known.issuperset(query):
        raise serializers.ValidationError({"The query": [f"must hold no more than {', '.join(asked.fields)}"]})
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
