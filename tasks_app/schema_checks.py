"""
Schema checks: a JSON Schema as one function that says whether a value is right. Pure. For schemas of common words; what
is not among them, and what is wrong with a value, `jsonschema` tells, which takes some fifty times as long.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

from jsonschema import FormatChecker

Check = Callable[[Any], bool]
Schema = Mapping[str, Any]


def compiled(schema: Any) -> Check | None:
    """
    Whether a value is what the schema wants, as `Draft202012Validator` with a `FormatChecker` judges; None if the
    schema has a word that is not known here.
    """
    try:
        return _check(schema)
    except (_Unknown, AttributeError, KeyError, RecursionError, TypeError, re.error):
        return None  # the others: of a schema that is broken


class KnownSchema(dict[str, Any]):
    """A schema that is asked for again and again, with what is compiled of it. It must not be changed."""

    @cached_property
    def check(self) -> Check | None:
        return compiled(self)


@lru_cache(maxsize=1_000)
def known(text: str) -> KnownSchema:
    """A schema that a database holds, as its text."""
    return KnownSchema(json.loads(text))


class _Unknown(Exception):
    """A word of a schema that has no check here."""


def _check(schema: Any) -> Check:
    if isinstance(schema, bool):
        return lambda value: schema
    checks = [_WORDS[word](wanted, schema) for word, wanted in schema.items() if _is_known(word)]
    return checks[0] if len(checks) == 1 else _all(checks)


def _all(checks: list[Check]) -> Check:
    def check_all(value: Any) -> bool:
        for check in checks:  # noqa: SIM110 (a generator for each value takes twice as long)
            if not check(value):
                return False
        return True

    return check_all


def _is_known(word: str) -> bool:
    if word in _WORDS:
        return True
    if word in _SAYING_NOTHING:
        return False
    raise _Unknown


# --- any value --------------------------------------------------------------------------------------------------------

_TYPES: Final[dict[str, Check]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _type(wanted: Any, schema: Schema) -> Check:
    if isinstance(wanted, str):
        return _TYPES[wanted]
    types = [_TYPES[name] for name in wanted]
    return lambda value: any(check(value) for check in types)


def _enum(wanted: Any, schema: Schema) -> Check:
    """Of texts and null alone: how numbers and booleans compare is a chapter of its own."""
    if any(not (choice is None or isinstance(choice, str)) for choice in wanted):
        raise _Unknown
    choices = tuple(wanted)
    return lambda value: value in choices


def _not(wanted: Any, schema: Schema) -> Check:
    check = _check(wanted)
    return lambda value: not check(value)


def _all_of(wanted: Any, schema: Schema) -> Check:
    return _all([_check(each) for each in wanted])


def _any_of(wanted: Any, schema: Schema) -> Check:
    checks = [_check(each) for each in wanted]
    return lambda value: any(check(value) for check in checks)


# --- texts and numbers ------------------------------------------------------------------------------------------------


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_text(is_right: Callable[[str, Any], bool]) -> Callable[[Any, Schema], Check]:
    return lambda wanted, schema: lambda value: not isinstance(value, str) or is_right(value, wanted)


def _of_number(is_right: Callable[[Any, Any], bool]) -> Callable[[Any, Schema], Check]:
    return lambda wanted, schema: lambda value: not _is_number(value) or is_right(value, wanted)


def _pattern(wanted: Any, schema: Schema) -> Check:
    search = re.compile(wanted).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _format(wanted: Any, schema: Schema) -> Check:
    checker = FormatChecker()
    if wanted not in checker.checkers:  # then it says nothing
        return lambda value: True
    return lambda value: checker.conforms(value, wanted)


# --- lists and objects ------------------------------------------------------------------------------------------------


def _of_list(is_right: Callable[[int, Any], bool]) -> Callable[[Any, Schema], Check]:
    return lambda wanted, schema: lambda value: not isinstance(value, list) or is_right(len(value), wanted)


def _of_object(is_right: Callable[[int, Any], bool]) -> Callable[[Any, Schema], Check]:
    return lambda wanted, schema: lambda value: not isinstance(value, dict) or is_right(len(value), wanted)


def _items(wanted: Any, schema: Schema) -> Check:
    check = _check(wanted)
    return lambda value: not isinstance(value, list) or all(check(item) for item in value)


def _required(wanted: Any, schema: Schema) -> Check:
    return lambda value: not isinstance(value, dict) or all(name in value for name in wanted)


def _properties(wanted: Any, schema: Schema) -> Check:
    checks = {name: _check(each) for name, each in wanted.items()}
    return lambda value: (
        not isinstance(value, dict) or all(checks[name](value[name]) for name in value if name in checks)
    )


def _additional_properties(wanted: Any, schema: Schema) -> Check:
    known, check = frozenset(schema.get("properties", ())), _check(wanted)
    return lambda value: not isinstance(value, dict) or all(check(value[name]) for name in value if name not in known)


def _property_names(wanted: Any, schema: Schema) -> Check:
    check = _check(wanted)
    return lambda value: not isinstance(value, dict) or all(check(name) for name in value)


_SAYING_NOTHING: Final = frozenset({"$comment", "$schema", "default", "deprecated", "description", "examples", "title"})
_WORDS: Final[dict[str, Callable[[Any, Schema], Check]]] = {
    "type": _type,
    "enum": _enum,
    "not": _not,
    "allOf": _all_of,
    "anyOf": _any_of,
    "minLength": _of_text(lambda text, least: len(text) >= least),
    "maxLength": _of_text(lambda text, most: len(text) <= most),
    "pattern": _pattern,
    "format": _format,
    "minimum": _of_number(lambda number, least: number >= least),
    "maximum": _of_number(lambda number, most: number <= most),
    "exclusiveMinimum": _of_number(lambda number, least: number > least),
    "exclusiveMaximum": _of_number(lambda number, most: number < most),
    "items": _items,
    "minItems": _of_list(lambda length, least: length >= least),
    "maxItems": _of_list(lambda length, most: length <= most),
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "minProperties": _of_object(lambda length, least: length >= least),
    "maxProperties": _of_object(lambda length, most: length <= most),
}
