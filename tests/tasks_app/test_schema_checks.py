"""A schema as one function judges as jsonschema does."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from tasks_app import handlers, parameters, schema_checks
from tasks_app.enumerations import ContentType

WORDS = ["a", "b", "ab", "", "7", "2026-01-22", "ann@example.org", "a\n", "\u0663", "x" * 9]
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-3, 9), st.sampled_from([0.0, 1.0, 2.5, -0.0, 1e300]))
TEXTS = st.sampled_from(WORDS)
VALUES = st.recursive(
    LEAVES | TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
NUMBERS, SIZES = st.sampled_from([-1, 0, 1, 2.5, 7]), st.integers(0, 3)
TYPES = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])


def words_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "enum": st.lists(TEXTS | st.none(), min_size=1, max_size=3, unique=True),
            "not": inner,
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "minLength": SIZES,
            "maxLength": SIZES,
            "pattern": st.sampled_from(["^a", r"\d", "^[^\\s]+$", "b?"]),
            "format": st.sampled_from(["date", "email", "uuid", "uri", "ipv4", "unheard-of"]),
            "minimum": NUMBERS,
            "maximum": NUMBERS,
            "exclusiveMinimum": NUMBERS,
            "exclusiveMaximum": NUMBERS,
            "items": inner,
            "minItems": SIZES,
            "maxItems": SIZES,
            "required": st.lists(TEXTS, max_size=2, unique=True),
            "properties": st.dictionaries(TEXTS, inner, max_size=3),
            "additionalProperties": inner,
            "propertyNames": inner,
            "minProperties": SIZES,
            "maxProperties": SIZES,
            "title": TEXTS,
            "default": LEAVES,
        },
    )


SCHEMAS = st.recursive(st.booleans() | words_of(st.booleans()), words_of, max_leaves=4)


@settings(max_examples=1_500, deadline=None)
@given(schema=SCHEMAS, value=VALUES)
def test_it_says_what_jsonschema_says(schema: Any, value: Any) -> None:
    judge = Draft202012Validator(schema, format_checker=FormatChecker())

    check = schema_checks.compiled(schema)

    assert check is not None
    assert check(value) == judge.is_valid(value)


@pytest.mark.parametrize("word", ["const", "$ref", "multipleOf", "uniqueItems", "patternProperties", "if", "x"])
def test_a_word_that_is_not_known_is_left_to_jsonschema(word: str) -> None:
    assert schema_checks.compiled({word: {}}) is None
    assert schema_checks.compiled({"properties": {"a": {word: {}}}}) is None


@pytest.mark.parametrize("choice", [1, 1.5, True, [], {}])
def test_so_is_a_choice_among_other_things_than_texts(choice: Any) -> None:
    assert schema_checks.compiled({"enum": ["a", choice]}) is None


@pytest.mark.parametrize("broken", [{"pattern": "("}, {"type": "colour"}, {"properties": 7}, {"items": "x"}])
def test_so_is_a_broken_schema(broken: Any) -> None:
    assert schema_checks.compiled(broken) is None


@pytest.mark.parametrize("handler", handlers.HANDLERS, ids=lambda handler: handler.code)
def test_the_schema_of_each_handler_has_a_check(handler: Any) -> None:
    assert schema_checks.compiled(handler.schema)


def test_a_known_schema_finds_the_same_problems() -> None:
    handler = handlers.find("http_request")
    assert handler is not None
    known = schema_checks.KnownSchema(handler.schema)
    texts = ['{"Url": "https://a.example"}', '{"Url": "ftp://a.example", "X": 1}', "{}", "[]", '{"Url": 7}']

    for text in texts:
        read = parameters.read(text, ContentType.JSON)
        assert read.problems(known) == read.problems(handler.schema)

    assert [bool(parameters.read(text, ContentType.JSON).problems(known)) for text in texts] == [False, *[True] * 4]
