"""What the house rules must know of an endpoint: the `operation` that a view's methods carry."""

from functools import cache
from typing import Any

from rest_framework.serializers import BaseSerializer, DateTimeField, ListField, ListSerializer

NAMED_AFTER = ("post", "put", "get", "patch", "delete")
OF_TEXTS, OF_DATES = "string", "dateTime"  # what .NET calls the elements of lists of these


def of_call(view: Any) -> Any:
    """
    The operation that a call asks for. A method that the endpoint lacks is refused like its first one; None where
    there is no endpoint.
    """
    method = (view.request.method or "").lower()
    return of_method(view, "get" if method == "head" else method) or next(
        (found for name in NAMED_AFTER if (found := of_method(view, name))), None
    )


def of_method(view: Any, name: str) -> Any:
    """The operation of one method, by its name in lower case; None if it has none."""
    return getattr(getattr(view, name, None), "operation", None)


def wire_name(shape: type[Any]) -> str:
    """What the wire calls a shape: the root element of a request, the element of an item."""
    name: str = getattr(shape, "wire_name", shape.__name__)
    return name


def root_name(operation: Any) -> str:
    """The root element of an answer."""
    if operation is None or operation.answer is None:
        return "ResponseOfObject"
    return f"ResponseOf{'ListOf' if operation.is_list else ''}{operation.answer.__name__}"


@cache
def dates(answer: type[BaseSerializer[Any]]) -> frozenset[str]:
    """Names of the members that are written as nil when they are null: dates. Other null members are left out."""
    return frozenset(name for name, field in _members(answer()) if isinstance(field, DateTimeField))


@cache
def items(answer: type[BaseSerializer[Any]]) -> dict[str, str]:
    """What the elements inside a list are called, by the name of the member that is the list."""
    return {"Detail": answer.__name__} | {
        name: item_name(field) for name, field in _members(answer()) if isinstance(field, ListField | ListSerializer)
    }


def item_name(field: Any) -> str:
    if isinstance(field.child, BaseSerializer):
        return wire_name(type(field.child))
    return OF_DATES if isinstance(field.child, DateTimeField) else OF_TEXTS


def _members(serializer: Any) -> Any:
    """Names and fields of a shape and of the shapes inside it."""
    for name, field in serializer.fields.items():
        yield name, field
        inner = field.child if isinstance(field, ListField | ListSerializer) else field
        if isinstance(inner, BaseSerializer):
            yield from _members(inner)
