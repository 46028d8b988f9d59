"""
Values in XML: elements are members, repeated ones lists, and a schema says what the text of an element means. Read
and written; pure.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import Any, Final
from xml.etree.ElementTree import Element

from clients_app import documents
from tasks_app.schema_references import References, Schema, types

ROOT: Final = "Parameters"  # what is written; what is read may be called anything

_INTEGER = re.compile(r"[+-]?\d{1,4000}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NAME = re.compile(r"[^\W\d][\w.·-]*")  # of the names that XML allows those that people use
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class Unwritable(ValueError):
    """The values have no form in XML; the message is the rest of a sentence that says why."""


def read(element: Element, schema: Schema) -> Any:
    """JSON values. Raises referencing.exceptions.Unresolvable if the schema is broken."""
    return _Reading(schema).value(element, schema)


def written(values: Any) -> str:
    """
    A text whose lines are indented, from which a fitting schema reads the same values. Raises Unwritable if a member
    has a name, or a value a character, that XML can't carry.
    """
    return "\n".join(_lines(ROOT, values, "")) + "\n"


def text_of(element: Element) -> str:
    """All of its text; comments and processing instructions do not count."""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def scalar(text: str, types: tuple[str, ...]) -> Any:
    """The text as the first of the types that it can be written in; else the text, for the schema to refuse."""
    word = text.strip()
    if "boolean" in types and word in _BOOLEANS:
        return _BOOLEANS[word]
    if ("integer" in types or "number" in types) and _INTEGER.fullmatch(word):
        return int(word)
    if "number" in types and _NUMBER.fullmatch(word):
        return float(word)
    if "null" in types and not word:
        return None
    return text


def is_number(text: str) -> bool:
    """Whether the text is a number as JSON and browsers write it too."""
    return bool(_NUMBER.fullmatch(text)) and text[:1] not in "+." and not text.endswith(".")


class _Reading:
    def __init__(self, schema: Schema) -> None:
        self._references = References(schema)

    def value(self, element: Element, schema: Any) -> Any:
        schema = self._references.resolved(schema)
        children = documents.elements(element)
        if children or "object" in types(schema):
            return self._members(children, schema)
        return scalar(text_of(element), types(schema))

    def _members(self, children: list[Element], schema: Any) -> dict[str, Any]:
        repeated: dict[str, list[Element]] = {}
        for child in children:
            repeated.setdefault(child.tag, []).append(child)
        known = schema.get("properties", {})
        return {name: self._member(elements, known.get(name, {})) for name, elements in repeated.items()}

    def _member(self, elements: list[Element], schema: Any) -> Any:
        schema = self._references.resolved(schema)
        if "array" in types(schema) or len(elements) > 1:
            items = schema.get("items", {})
            return [self.value(element, items) for element in elements]
        return self.value(elements[0], schema)


def _lines(name: str, value: Any, indent: str) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        raise Unwritable("has a member whose name can't be that of an XML element")
    if isinstance(value, list):
        for item in value:
            yield from _lines(name, item, indent)
    elif isinstance(value, dict) and value:
        yield f"{indent}<{name}>"
        for member, inner in value.items():
            yield from _lines(member, inner, f"{indent}  ")
        yield f"{indent}</{name}>"
    else:
        text = _text(value)
        yield f"{indent}<{name}>{text}</{name}>" if text else f"{indent}<{name} />"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if documents.UNFIT.search(value):
            raise Unwritable("has a character that XML can't carry")
        return escape(value, quote=False).replace("\r", "&#13;")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or value == {} else str(value)
