"""The help pages of the API: all that they say of it comes from the operations, the shapes and their docstrings."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from rest_framework.serializers import BaseSerializer, ListField, ListSerializer

from config.api import media_types, operations, samples, schema
from config.api.endpoints import Endpoint, all_endpoints
from config.api.exceptions import ERROR_CODES

JSON, XML = media_types.JSON[0], media_types.XML[0]


@dataclass(frozen=True)
class Member:
    """A line of the table of a shape. enumeration: the name of its type's page, if it has one."""

    name: str
    description: str
    type_name: str
    enumeration: str
    is_required: bool


@dataclass(frozen=True)
class Shape:
    name: str
    description: str
    members: list[Member]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    sections: dict[str, list[Endpoint]] = {}
    for each in all_endpoints():
        sections.setdefault(each.section, []).append(each)
    return render(request, "help/index.html", {"sections": sections, "enumerations": sorted(enumerations())})


@require_safe
def endpoint(request: HttpRequest, slug: str) -> HttpResponse:
    found = next((each for each in all_endpoints() if each.slug == slug), None)
    if found is None:
        raise Http404
    asked, answered = found.operation.request, found.operation.answer
    formats = [JSON, XML, media_types.FORM] if found.operation.takes_forms else [JSON, XML]
    page = {
        "endpoint": found,
        "description": prose(found.description),
        "path_parameters": found.path_parameters,
        "query": shapes_of(found.operation.query) if found.operation.query else [],
        "request_shapes": shapes_of(asked) if asked else [],
        "request_samples": {each: samples.body(asked, each) for each in formats} if asked else {},
        "answer_root": operations.root_name(found.operation),
        "answer_shapes": shapes_of(answered) if answered else [],
        "answer_samples": {each: samples.answer(found.operation, each) for each in (JSON, XML)},
        "status": HTTPStatus(found.operation.status),
        "errors": [(code, *ERROR_CODES[code]) for code in found.error_codes],
        "lines": samples.lines(found),
        "largest": found.operation.largest_body // 2**20,
    }
    return render(request, "help/endpoint.html", page)


@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """The one endpoint outside of the envelope."""
    said = schema.endpoint_of_tokens()
    (asked,), (answered,) = said["requestBody"]["content"].values(), said["responses"]["200"]["content"].values()
    page = {
        "said": said,
        "shapes": [(title, _properties(each["schema"])) for title, each in (("Request", asked), ("Answer", answered))],
        "form": urlencode(asked["example"]),
        "answer": json.dumps(answered["example"], indent=2, ensure_ascii=False),
        "line": " \\\n  ".join(
            [f"curl -X POST {samples.HOST}/Token", *(f"-d {name}={value}" for name, value in asked["example"].items())]
        ),
        "errors": [
            (HTTPStatus(int(status)), each["description"])
            for status, each in said["responses"].items()
            if status != "200"
        ],
    }
    return render(request, "help/token.html", page)


@require_safe
def enumeration(request: HttpRequest, name: str) -> HttpResponse:
    found = next((each for key, each in enumerations().items() if key.lower() == name.lower()), None)
    if found is None:
        raise Http404
    return render(
        request,
        "help/enumeration.html",
        {"name": found.__name__, "doc": prose(found.__doc__ or ""), "rows": _rows(found)},
    )


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    return render(request, "help/errors.html", {"errors": [(code, *said) for code, said in ERROR_CODES.items()]})


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    return render(request, "help/changes.html")


@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    return render(request, "help/swagger.html")


@cache
def enumerations() -> dict[str, type[Enum]]:
    """All that members of any shape are of, by name."""
    found = {}
    for each in all_endpoints():
        operation = each.operation
        for shape in filter(None, (operation.query, operation.request, operation.answer)):
            for field in _fields(shape):
                choices = getattr(field, "choices", None)
                if isinstance(choices, type):
                    found[choices.__name__] = choices
    return found


def _properties(shape: dict[str, Any]) -> list[Member]:
    """The lines of a JSON Schema."""
    return [
        Member(
            name,
            prose(each["description"] if "description" in each else f"Always `{each['const']}`."),
            each.get("format", each.get("type", "string")),
            "",
            name in shape["required"],
        )
        for name, each in shape["properties"].items()
    ]


def prose(text: str) -> SafeString:
    """A text with what stands between backticks as code."""
    return format_html_join("", "{}", ((part,) for part in _parts(text)))


def _parts(text: str) -> Iterator[SafeString | str]:
    for number, part in enumerate(text.split("`")):
        yield format_html("<code>{}</code>", part) if number % 2 else part


def _fields(shape: Any) -> Iterator[Any]:
    for field in shape().fields.values():
        yield field
        inner = _inner(field)
        if inner:
            yield from _fields(inner)


def _rows(found: type[Enum]) -> list[tuple[Any, str, str]]:
    """Number (empty where the words count alone), word and meaning of each."""
    choices: Any = found
    if issubclass(found, int):
        return [(each.value, each.name, each.label) for each in choices]
    return [("", each.value, each.label) for each in choices]


def _inner(field: Any) -> Any:
    """The shape inside a member, None if there is none."""
    inner = field.child if isinstance(field, ListField | ListSerializer) else field
    return type(inner) if isinstance(inner, BaseSerializer) and not isinstance(inner, ListSerializer) else None


def shapes_of(shape: Any) -> list[Shape]:
    """The shape, and those inside it."""
    own = Shape(
        operations.wire_name(shape),
        prose((shape.__doc__ or "").strip().partition("\n\n")[0]),
        [_member(name, field, shape) for name, field in shape().fields.items()],
    )
    return [own, *(each for field in shape().fields.values() if _inner(field) for each in shapes_of(_inner(field)))]


def _member(name: str, field: Any, shape: Any) -> Member:
    choices = getattr(field, "choices", None)
    return Member(
        name,
        prose(field.help_text or ""),
        _type_name(field),
        choices.__name__ if isinstance(choices, type) else "",
        field.required and not field.read_only and not getattr(shape, "is_partial", False),
    )


def _type_name(field: Any) -> str:
    if isinstance(field, ListField | ListSerializer):
        return f"list of {_type_name(field.child)}"
    if isinstance(field, BaseSerializer):
        return operations.wire_name(type(field))
    return getattr(field, "type_name", "string")
