"""Parameters that are written in JSON and in XML."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks_app import parameters
from tasks_app.enumerations import ContentType
from tasks_app.schema_references import Schema

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "Url": {"type": "string"},
        "Days": {"type": "integer"},
        "Ratio": {"type": "number"},
        "On": {"type": "boolean"},
        "To": {"type": "array", "items": {"type": "string"}},
        "Headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "Deep": {"$ref": "#/$defs/deep", "title": "Deeper"},
    },
    "$defs": {"deep": {"type": "object", "properties": {"Rows": {"type": "array", "items": {"$ref": "#/$defs/deep"}}}}},
}
VALUES = {
    "Url": " <&> ]]> \r\n\t\"'\u00e4\U0001f600 ",
    "Days": -7,
    "Ratio": 1.5,
    "On": False,
    "To": ["one", "", "two"],
    "Headers": {"X-A": "1", "B": ""},
    "Deep": {"Rows": [{"Rows": [{}]}, {}]},
}


def written(values: Any, schema: Schema = SCHEMA, content_type: ContentType = ContentType.XML) -> str:
    return parameters.write(values, content_type, schema).text


def why_not(values: Any, schema: Schema = SCHEMA, content_type: ContentType = ContentType.XML) -> str:
    with pytest.raises(ValidationError) as refused:
        written(values, schema, content_type)
    return refused.value.messages[0]


def test_members_are_elements_and_lists_are_repeated_ones() -> None:
    values = {"Url": "https://a.example/?b&c", "To": ["one", "two"], "On": True, "Ratio": 2.0, "Deep": {"Rows": []}}
    del values["Deep"]

    assert written(values | {"Headers": {"A": "1"}}) == (
        "<Parameters>\n  <Url>https://a.example/?b&amp;c</Url>\n  <To>one</To>\n  <To>two</To>\n  <On>true</On>\n"
        "  <Ratio>2</Ratio>\n  <Headers>\n    <A>1</A>\n  </Headers>\n</Parameters>\n"
    )


def test_json_is_indented() -> None:
    assert written({"a": "ä"}, {}, ContentType.JSON) == '{\n  "a": "ä"\n}'


@pytest.mark.parametrize("content_type", list(ContentType))
def test_what_is_written_reads_the_same(content_type: ContentType) -> None:
    again = parameters.read(written(VALUES, SCHEMA, content_type), content_type).values(SCHEMA)

    assert parameters.difference(again, VALUES) is None


@pytest.mark.parametrize(
    ("values", "schema", "reason"),
    [
        ({"Headers": {"no name": "x"}}, SCHEMA, "has a member whose name can't be that of an XML element"),
        ({"a:b": "x"}, SCHEMA, "has a member whose name can't be that of an XML element"),
        ({"": "x"}, SCHEMA, "has a member whose name can't be that of an XML element"),
        ({"Url": "\x00"}, SCHEMA, "has a character that XML can't carry"),
        ({"Url": "\ud800"}, SCHEMA, "has a character that XML can't carry"),
        ({"Url": 5}, SCHEMA, "has a Url that would not come back the same"),
        ({"To": []}, SCHEMA, "has a To that would not come back the same"),
        ({"Deep": {"Rows": [{"Other": 1}]}}, SCHEMA, "has a Deep.Rows.0.Other that would not come back the same"),
        ({"a": 5}, {}, "has a a that would not come back the same"),
        ({"On": 1}, SCHEMA, "has a On that would not come back the same"),
        ({"Url": None}, SCHEMA, "has a Url that would not come back the same"),
        ({"Days": float("inf")}, SCHEMA, "has a Days that would not come back the same"),
        ([1, 2], SCHEMA, "is not well-formed XML: line 2 column 1"),
        ({"Url": "x"}, {"$ref": "#/$defs/none"}, "can not be read: the task's schema is broken"),
    ],
)
def test_what_xml_can_not_give_back_is_not_written(values: Any, schema: Schema, reason: str) -> None:
    assert why_not(values, schema) == reason


def test_a_number_that_is_no_number_of_json_is_not_written() -> None:
    assert "is not a JSON value" in why_not({"Days": float("inf")}, SCHEMA, ContentType.JSON)


def test_what_no_page_can_show_is_escaped() -> None:
    assert parameters.json_text(["ä", "\ud800"]) == '[\n  "\\u00e4",\n  "\\ud800"\n]'


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        ({"a": 1}, {"a": 1.0}, None),
        ({"a": 1}, {"a": True}, ("a",)),
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, ("a", 1, "b")),
        ({"a": 1}, {}, ("a",)),
        ({}, {"a": 1}, ("a",)),
        ([], [1], (0,)),
        ([], {}, ()),
        ("", None, ()),
    ],
)
def test_the_first_difference_is_found(one: Any, other: Any, path: tuple[str, ...] | None) -> None:
    assert parameters.difference(one, other) == path


LEAVES = st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none())
TREES = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(st.text(), LEAVES, max_size=3)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values=st.dictionaries(st.sampled_from([*SCHEMA["properties"], "Other", "x y"]), TREES), schema=st.booleans())
@pytest.mark.parametrize("content_type", list(ContentType))
def test_whatever_is_written_reads_the_same_or_is_refused(
    content_type: ContentType, values: dict[str, Any], schema: bool
) -> None:
    known = SCHEMA if schema else {}
    try:
        text = written(values, known, content_type)
    except ValidationError:
        return

    assert parameters.difference(parameters.read(text, content_type).values(known), values) is None
