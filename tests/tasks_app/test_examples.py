"""Parameters to begin with."""

import json
from typing import Any

import pytest

from tasks_app import handlers, parameters
from tasks_app.enumerations import ContentType
from tasks_app.examples import MOST, example


@pytest.mark.parametrize("handler", handlers.HANDLERS, ids=lambda handler: handler.code)
def test_every_handler_takes_its_example(handler: Any) -> None:
    parameters.read(json.dumps(example(handler.schema)), ContentType.JSON).check(handler.schema)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, {}),
        (True, {}),
        (
            {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "boolean"}}},
            {"a": True, "b": "text"},
        ),
        ({"type": "array", "items": {"type": "integer", "minimum": 3}, "minItems": 2}, [3, 3]),
        ({"type": "array", "items": {"enum": ["x"]}, "minItems": 10**9}, ["x"] * MOST),
        ({"type": ["null", "string"]}, None),
        ({"type": "string", "pattern": "^https://"}, "https://example.com/"),
        ({"type": "string", "pattern": "(?<n>no Python)"}, "text"),
        ({"type": "string", "format": "email"}, "ann@example.com"),
        ({"default": 7}, 7),
        ({"$ref": "#"}, {}),
    ],
)
def test_examples(schema: Any, expected: Any) -> None:
    assert example(schema) == expected


def test_a_schema_without_an_end_gets_an_example_with_one() -> None:
    schema: dict[str, Any] = {"type": "object", "required": ["a"]}
    schema["properties"] = {"a": schema}

    assert str(example(schema)).count("a") <= 10
