"""
Parameters: a text and the format it is in, to values that were checked against a task's schema. Pure.

The text itself is kept and given back exactly as it came; what is read here is only looked at.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from django.core.exceptions import ValidationError
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError
from jsonschema.exceptions import ValidationError as SchemaViolation
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from clients_app import documents
from tasks_app.enumerations import ContentType

Schema = Mapping[str, Any]

MOST_PROBLEMS = 5  # that one answer lists
LONGEST_PATH = 80  # characters of a path that an answer shows
SEARCHED = 500  # characters of the values, which an index must be able to hold
LONGEST_INTEGER = 4_000  # digits; Python refuses to convert longer ones

_INTEGER = re.compile(r"[+-]?\d{1,4000}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Parameters:
    """Well-formed parameters. `content`: the JSON value, or the root element of the XML."""

    text: str
    content_type: ContentType
    content: Any

    def values(self, schema: Schema) -> Any:
        """As JSON values; the text of XML elements is converted as the schema says."""
        if self.content_type == ContentType.XML:
            return _Conversion(schema).value(self.content, schema)
        return self.content

    @property
    def search_text(self) -> str:
        """What a search looks into: the values, folded, a line each, without names and markup, as far as it goes."""
        lines: list[str] = []
        room = SEARCHED
        for value in _leaves(self.content):
            line = folded(value[:room])[:room]
            lines.append(line)
            room -= len(line) + 1
            if room <= 0:
                break
        return "\n".join(lines)

    def check(self, schema: Schema) -> None:
        """Raises ValidationError under parameters, with the paths of the wrong members. An empty schema takes all."""
        if not schema:
            return
        try:
            violations = _validator(schema).iter_errors(self.values(schema))
            problems = dict.fromkeys(problem for violation in violations for problem in _said(violation))
        except Unresolvable:  # the schema did not go through check_schema
            raise ValidationError({"parameters": "can not be checked: the task's schema is broken"}) from None
        if problems:
            raise ValidationError({"parameters": list(problems)[:MOST_PROBLEMS]})


def read(text: str, content_type: ContentType) -> Parameters:
    """Raises ValidationError under parameters unless the text is well-formed in the strict sense of the wire."""
    try:
        if content_type == ContentType.XML:
            return Parameters(text, content_type, documents.read_xml(text))
        return Parameters(text, content_type, documents.read_json(text, parse_int=_integer))
    except documents.Malformed as error:
        raise ValidationError({"parameters": str(error)}) from None


def check_schema(schema: Any) -> None:
    """
    Raises ValidationError under parameter_schema unless it is a JSON Schema (2020-12) that needs nothing from outside.
    """
    try:
        if not isinstance(schema, dict):
            raise SchemaError("it must be an object")
        Draft202012Validator.check_schema(schema)
        resolver = Registry().resolver_with_root(DRAFT202012.create_resource(schema))
        for reference in _references(schema):
            if not reference.startswith("#"):
                raise SchemaError(f"$ref {reference[:LONGEST_PATH]} must begin with #")
            resolver.lookup(reference)
    except SchemaError as error:
        raise ValidationError({"parameter_schema": f"must be a JSON Schema: {error.message}"}) from None
    except Unresolvable as error:
        raise ValidationError({"parameter_schema": f"must define what $ref names: {error.ref}"}) from None


def folded(text: str) -> str:
    """What is compared when a search takes any case and any space for the same; only what can be stored anywhere."""
    return "".join(letter for letter in " ".join(text.split()).casefold() if letter.isprintable())


def _leaves(content: Any) -> Iterator[str]:
    if isinstance(content, Element):
        children = documents.elements(content)
        if not children:
            yield _text(content)
        for child in children:
            yield from _leaves(child)
    elif isinstance(content, dict | list):
        for value in content.values() if isinstance(content, dict) else content:
            yield from _leaves(value)
    elif isinstance(content, str):
        yield content
    elif content is not None:
        yield json.dumps(content)


def _validator(schema: Schema) -> Draft202012Validator:
    # An empty registry: the library's own one would fetch what a $ref names.
    return Draft202012Validator(schema, registry=Registry(), format_checker=FormatChecker())


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _said(violation: SchemaViolation) -> Iterator[str]:
    """The problem as the rest of a sentence: where and which rule, but never the value, which may be a secret."""
    where = [str(part) for part in violation.absolute_path]
    rule: str = str(violation.validator)
    wanted: Any = violation.validator_value
    present: Any = violation.instance
    if rule == "required":
        yield from (f"lacks {_path([*where, name])}" for name in wanted if name not in present)
    elif rule == "type":
        types = wanted if isinstance(wanted, str) else " or ".join(wanted)
        yield f"has a wrong {_path(where)}: it must be of type {types}"
    elif rule == "additionalProperties":
        yield f"has members in {_path(where)} that the task does not know"
    elif isinstance(wanted, dict | list | bool) and rule != "enum":
        yield f"has a wrong {_path(where)}: it must satisfy {rule}"
    else:
        yield f"has a wrong {_path(where)}: it must satisfy {rule} {str(wanted)[:LONGEST_PATH]}"


def _path(parts: list[str]) -> str:
    path = ".".join(parts) or "value"
    return path if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_INTEGER else float(digits)


class _Conversion:
    """XML elements to JSON values: elements are members, repeated ones lists, text becomes what the schema says."""

    def __init__(self, schema: Schema) -> None:
        self._resolver = Registry().resolver_with_root(DRAFT202012.create_resource(schema))

    def value(self, element: Element, schema: Any) -> Any:
        schema = self._resolved(schema)
        children = documents.elements(element)
        if children or "object" in _types(schema):
            return self._members(children, schema)
        return _scalar(_text(element), _types(schema))

    def _members(self, children: list[Element], schema: Any) -> dict[str, Any]:
        repeated: dict[str, list[Element]] = {}
        for child in children:
            repeated.setdefault(child.tag, []).append(child)
        known = schema.get("properties", {})
        return {name: self._member(elements, known.get(name, {})) for name, elements in repeated.items()}

    def _member(self, elements: list[Element], schema: Any) -> Any:
        schema = self._resolved(schema)
        if "array" in _types(schema) or len(elements) > 1:
            items = schema.get("items", {})
            return [self.value(element, items) for element in elements]
        return self.value(elements[0], schema)

    def _resolved(self, schema: Any) -> Any:
        """What a chain of $ref leads to; {} where the schema is a boolean, or the chain a circle."""
        for _ in range(documents.DEEPEST):
            if not isinstance(schema, dict) or "$ref" not in schema:
                break
            schema = self._resolver.lookup(schema["$ref"]).contents
        return schema if isinstance(schema, dict) and "$ref" not in schema else {}


def _types(schema: Schema) -> tuple[str, ...]:
    types = schema.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _text(element: Element) -> str:
    """All of its text; comments and processing instructions do not count."""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def _scalar(text: str, types: tuple[str, ...]) -> Any:
    """The text as the first of the types that it can be written in; else the text, for the schema to refuse."""
    word = text.strip()
    if "boolean" in types and word in _BOOLEANS:
        return _BOOLEANS[word]
    if "integer" in types and _INTEGER.fullmatch(word):
        return int(word)
    if "number" in types and _NUMBER.fullmatch(word):
        return float(word)
    if "null" in types and not word:
        return None
    return text
