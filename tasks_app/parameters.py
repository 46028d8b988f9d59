"""
Parameters: a text and the format it is in, to values that were checked against a task's schema. Pure.

The text itself is kept and given back exactly as it came; what is read here is only looked at.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any
from xml.etree.ElementTree import Element

from django.core.exceptions import ValidationError
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError
from jsonschema.exceptions import ValidationError as SchemaViolation
from referencing import Registry
from referencing.exceptions import Unresolvable

from clients_app import documents
from tasks_app import schema_references, xml_values
from tasks_app.enumerations import ContentType
from tasks_app.schema_checks import KnownSchema
from tasks_app.schema_references import References, Schema

MOST_PROBLEMS = 5  # that one answer lists
LONGEST_PATH = 80  # characters of a path that an answer shows
SEARCHED = 500  # characters of the values, which an index must be able to hold
LONGEST_INTEGER = 4_000  # digits; Python refuses to convert longer ones

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Problem:
    """
    What is wrong with a member. path: of the member, from the outside in. text: the rest of a sentence that says where
    and which rule, but never the value, which may be a secret. rule: the word of JSON Schema, wanted: what it asks for.
    """

    path: tuple[str | int, ...]
    text: str
    rule: str
    wanted: Any = None


@dataclass(frozen=True)
class Parameters:
    """Well-formed parameters. `content`: the JSON value, or the root element of the XML."""

    text: str
    content_type: ContentType
    content: Any

    def values(self, schema: Schema) -> Any:
        """As JSON values; the text of XML elements is converted as the schema says."""
        if self.content_type == ContentType.XML:
            return xml_values.read(self.content, schema)
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

    def problems(self, schema: Schema) -> list[Problem]:
        """Whatever the schema finds wrong, in its order; an empty schema takes all."""
        if not schema:
            return []
        try:
            values = self.values(schema)
            if isinstance(schema, KnownSchema) and schema.check and schema.check(values):
                return []
            violations = _validator(schema).iter_errors(values)
            return [problem for violation in violations for problem in _said(violation)]
        except (Unresolvable, RecursionError):  # it did not go through check_schema, or names itself in a circle
            return [Problem((), "can not be checked: the task's schema is broken", "$ref")]

    def check(self, schema: Schema) -> None:
        """Raises ValidationError under parameters, with the paths of the wrong members."""
        if problems := self.problems(schema):
            texts = dict.fromkeys(problem.text for problem in problems)
            raise ValidationError({"parameters": list(texts)[:MOST_PROBLEMS]})


def read(text: str, content_type: ContentType) -> Parameters:
    """Raises ValidationError under parameters unless the text is well-formed in the strict sense of the wire."""
    try:
        if content_type == ContentType.XML:
            return Parameters(text, content_type, documents.read_xml(text))
        return Parameters(text, content_type, documents.read_json(text, parse_int=_integer))
    except documents.Malformed as error:
        raise ValidationError({"parameters": str(error)}) from None


def write(values: Any, content_type: ContentType, schema: Schema) -> Parameters:
    """
    JSON values in a format, in indented lines. Raises ValidationError under parameters if the schema would not read the
    same values again.
    """
    try:
        text = json_text(values) if content_type == ContentType.JSON else xml_values.written(values)
        written = read(text, content_type)
        other = difference(values, written.values(schema))
    except xml_values.Unwritable as error:
        raise ValidationError({"parameters": str(error)}) from None
    except (Unresolvable, RecursionError):
        raise ValidationError({"parameters": "can not be read: the task's schema is broken"}) from None
    if other is not None:
        raise ValidationError({"parameters": f"has a {_path(other)} that would not come back the same"})
    return written


def json_text(value: Any) -> str:
    """A value as people read it, in indented lines; escaped where it holds what no page can show."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return json.dumps(value, indent=2) if documents.UNFIT.search(text) else text


def difference(one: Any, other: Any) -> tuple[str | int, ...] | None:
    """The path of the first member that is not the same in both, () for all of it; None if they are the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        return _first_difference(one, other, [*one, *(name for name in other if name not in one)])
    if isinstance(one, list) and isinstance(other, list):
        return _first_difference(dict(enumerate(one)), dict(enumerate(other)), range(max(len(one), len(other))))
    # To Python True is 1, to JSON it is not.
    return None if isinstance(one, bool) == isinstance(other, bool) and one == other else ()


def _first_difference(one: dict[Any, Any], other: dict[Any, Any], keys: Iterable[Any]) -> tuple[str | int, ...] | None:
    for key in keys:
        if key not in one or key not in other:
            return (key,)
        inner = difference(one[key], other[key])
        if inner is not None:
            return (key, *inner)
    return None


def read_schema(text: str) -> Any:
    """
    What somebody has typed as a JSON Schema; {} for nothing but blanks. Raises ValidationError under parameter_schema
    unless it is one.
    """
    try:
        schema = documents.read_json(text, parse_int=_integer) if text.strip() else {}
    except documents.Malformed as error:
        raise ValidationError({"parameter_schema": str(error)}) from None
    check_schema(schema)
    return schema


def check_schema(schema: Any) -> None:
    """
    Raises ValidationError under parameter_schema unless it is a JSON Schema (2020-12) that needs nothing from outside,
    and that can be stored and shown anywhere.
    """
    try:
        if not isinstance(schema, dict):
            raise SchemaError("it must be an object")
        if _is_unfit(schema):
            raise SchemaError("it holds characters or numbers that can not be stored")
        Draft202012Validator.check_schema(schema)
        known = References(schema)
        for reference in schema_references.named(schema):
            if not reference.startswith("#"):
                raise SchemaError(f"$ref {reference[:LONGEST_PATH]} must begin with #")
            known.look_up(reference)
    except SchemaError as error:
        raise ValidationError({"parameter_schema": f"must be a JSON Schema: {error.message}"}) from None
    except Unresolvable as error:
        raise ValidationError({"parameter_schema": f"must define what $ref names: {error.ref}"}) from None


def folded(text: str) -> str:
    """What is compared when a search takes any case and any space for the same; only what can be stored anywhere."""
    plain = " ".join(text.split()).casefold()
    return plain if plain.isprintable() else "".join(letter for letter in plain if letter.isprintable())


def _leaves(content: Any) -> Iterator[str]:
    if isinstance(content, Element):
        children = documents.elements(content)
        if not children:
            yield xml_values.text_of(content)
        for child in children:
            yield from _leaves(child)
    elif isinstance(content, dict | list):
        for value in content.values() if isinstance(content, dict) else content:
            yield from _leaves(value)
    elif isinstance(content, str):
        yield content
    elif content is not None:
        yield json.dumps(content)


def _is_unfit(schema: Any) -> bool:
    """Whether it holds what a database or an answer can't: U+0000, half of a surrogate pair, a number without end."""
    if isinstance(schema, dict):
        return any(map(_is_unfit, (*schema.keys(), *schema.values())))
    if isinstance(schema, list):
        return any(map(_is_unfit, schema))
    if isinstance(schema, float):
        return not isfinite(schema)
    return isinstance(schema, str) and _UNSTORABLE.search(schema) is not None


def _validator(schema: Schema) -> Draft202012Validator:
    # An empty registry: the library's own one would fetch what a $ref names.
    return Draft202012Validator(schema, registry=Registry(), format_checker=FormatChecker())


def _said(violation: SchemaViolation) -> Iterator[Problem]:
    where = tuple(violation.absolute_path)
    rule: str = str(violation.validator)
    wanted: Any = violation.validator_value
    present: Any = violation.instance
    wrong = f"has a wrong {_path(where)}"
    if rule == "required":
        for name in (name for name in wanted if name not in present):
            yield Problem((*where, name), f"lacks {_path((*where, name))}", rule)
    elif rule == "type":
        types = wanted if isinstance(wanted, str) else " or ".join(wanted)
        yield Problem(where, f"{wrong}: it must be of type {types}", rule, wanted)
    elif rule == "additionalProperties":
        yield Problem(where, f"has members in {_path(where)} that the task does not know", rule)
    else:
        is_short = rule == "enum" or not isinstance(wanted, dict | list | bool)
        limit = f" {str(wanted)[:LONGEST_PATH]}" if is_short else ""
        is_of_name = list(violation.absolute_schema_path)[-2:-1] == ["propertyNames"]
        known_as = "propertyNames" if is_of_name else rule
        yield Problem(where, f"{wrong}: it must satisfy {rule}{limit}", known_as, wanted)


def _path(parts: Iterable[str | int]) -> str:
    path = ".".join(map(str, parts)) or "value"
    return path if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_INTEGER else float(digits)
