"""Plain values to the bytes of an answer, in the envelope."""

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer
from rest_framework_xml.renderers import XMLRenderer as StockXMLRenderer

from config.api import envelope, media_types, operations, xml

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# Characters that JavaScript once took for the end of a line: Json.NET escapes them, Python does not.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    media_types = media_types.JSON
    format = "json"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return encoded(to_json(_enveloped(data, renderer_context or {})), self.charset)


class XMLRenderer(StockXMLRenderer):  # type: ignore[misc]  # the package has no types
    """The stock renderer's place, none of its conversion: .NET's serializer writes and expects another XML."""

    media_types = media_types.XML

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        context = renderer_context or {}
        document = envelope.in_xml_order(_enveloped(data, context))
        return encoded(to_xml(document, operations.of_call(context["view"])), self.charset)


def failure_as_bytes(code: str, reason: str, media_type: str, charset: str) -> bytes:
    """A failure that no view has answered, of an endpoint that nobody knows."""
    document = envelope.failure(code, reason)
    is_xml = media_type in media_types.XML
    return encoded(to_xml(document, None) if is_xml else to_json(document), charset)


def to_json(document: envelope.Document) -> str:
    """What orjson can't write, as integers of more than 64 bits in a schema, is left to the standard library."""
    try:
        text = orjson.dumps(document).decode()
    except TypeError:
        text = _JSON.encode(document)
    return text if text.isascii() else _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_xml(document: envelope.Document, operation: Any) -> str:
    """document: in the order of XML; operation: what was asked for, None where there is no endpoint."""
    root, answer = operations.root_name(operation), operation and operation.answer
    if answer is None:
        return xml.write(root, document)
    return xml.write(root, document, nillable=operations.dates(answer), items=operations.items(answer))


def _enveloped(data: Any, context: Mapping[str, Any]) -> envelope.Document:
    """A failure comes in its envelope from the exception handler, a success as the Detail alone."""
    if context["response"].exception:
        document: envelope.Document = data
        return document
    return envelope.success(data, context["request"].user.pk)


def encoded(text: str, charset: str) -> bytes:
    """charset: utf-8 or utf-16."""
    return text.encode() if charset == "utf-8" else b"\xff\xfe" + text.encode("utf-16-le")
