"""Parameters against the schema of a task."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tasks_app import parameters
from tasks_app.enumerations import ContentType

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "Url": {"type": "string", "pattern": "^https?://"},
        "Days": {"type": "integer", "minimum": 1},
        "Ratio": {"type": "number"},
        "Deep": {"type": "object", "properties": {"On": {"type": "boolean"}}},
        "To": {"type": "array", "items": {"$ref": "#/$defs/age"}},
        "Maybe": {"type": ["integer", "null"]},
        "Method": {"enum": ["GET", "POST"]},
    },
    "additionalProperties": False,
    "$defs": {"age": {"type": "integer"}},
}


def problems(text: str, content_type: ContentType, schema: Any = SCHEMA) -> list[str]:
    try:
        parameters.read(text, content_type).check(schema)
    except ValidationError as error:
        return error.message_dict["parameters"]
    return []


@pytest.mark.parametrize(
    ("text", "content_type", "expected"),
    [
        ('{"A": "One  \\n TWO", "B": [3, true, null, 1.5, {"C": "ß"}]}', ContentType.JSON, "one two\n3\ntrue\n1.5\nss"),
        ("<P Q='no'><A>One &amp;\n<!-- no --> TWO</A><B/><C><D>3</D></C></P>", ContentType.XML, "one & two\n\n3"),
        ('"\\u0000a\\ud800b"', ContentType.JSON, "ab"),
        (json.dumps(["x" * 300, "y" * 300, "z"]), ContentType.JSON, "x" * 300 + "\n" + "y" * 199),
        (json.dumps(["ß" * 500]), ContentType.JSON, "s" * 500),
        ("{}", ContentType.JSON, ""),
    ],
)
def test_a_search_looks_into_the_values(text: str, content_type: ContentType, expected: str) -> None:
    assert parameters.read(text, content_type).search_text == expected


def test_the_text_of_xml_is_converted_as_the_schema_says() -> None:
    text = (
        "<P><Url>007</Url><Days> 7 </Days><Ratio>1e1</Ratio><Deep><On>1</On></Deep>"
        "<To>1</To><Maybe/><To>2</To><Other>8</Other></P>"
    )

    values = parameters.read(text, ContentType.XML).values(SCHEMA)

    assert values == {
        "Url": "007",
        "Days": 7,
        "Ratio": 10.0,
        "Deep": {"On": True},
        "To": [1, 2],
        "Maybe": None,
        "Other": "8",
    }


def test_without_a_schema_text_stays_text_and_repeated_elements_are_lists() -> None:
    values = parameters.read("<P><A>007</A><B>1</B><B><C/></B></P>", ContentType.XML).values({})

    assert values == {"A": "007", "B": ["1", {"C": ""}]}


def test_one_element_of_an_array_is_a_list() -> None:
    assert parameters.read("<P><To>5</To></P>", ContentType.XML).values(SCHEMA) == {"To": [5]}


def test_comments_do_not_cut_the_text() -> None:
    assert parameters.read("<P><Url>ab<!-- c -->cd</Url></P>", ContentType.XML).values(SCHEMA) == {"Url": "abcd"}


WRONG = [
    ('{"Days":"x"}', "<P><Days>x</Days></P>", "has a wrong Days: it must be of type integer"),
    ('{"Days":0}', "<P><Days>0</Days></P>", "has a wrong Days: it must satisfy minimum 1"),
    ('{"Deep":{"On":2}}', "<P><Deep><On>2</On></Deep></P>", "has a wrong Deep.On: it must be of type boolean"),
    ('{"To":[1,"x"]}', "<P><To>1</To><To>x</To></P>", "has a wrong To.1: it must be of type integer"),
    ('{"Url":"ftp://x"}', "<P><Url>ftp://x</Url></P>", "has a wrong Url: it must satisfy pattern ^https?://"),
    ('{"Method":"HEAD"}', "<P><Method>HEAD</Method></P>", "has a wrong Method: it must satisfy enum ['GET', 'POST']"),
    ('{"Nope":1}', "<P><Nope>1</Nope></P>", "has members in value that the task does not know"),
]


@pytest.mark.parametrize(("as_json", "as_xml", "problem"), WRONG)
def test_what_is_wrong_is_said_alike_for_json_and_xml(as_json: str, as_xml: str, problem: str) -> None:
    assert problems(as_json, ContentType.JSON) == [problem]
    assert problems(as_xml, ContentType.XML) == [problem]


def test_every_missing_member_is_named() -> None:
    schema = {"required": ["A", "B"], "properties": {"C": {"required": ["D"]}}}

    assert sorted(problems('{"C":{}}', ContentType.JSON, schema)) == ["lacks A", "lacks B", "lacks C.D"]


def test_a_long_list_of_problems_is_cut() -> None:
    assert len(problems(str(["x"] * 99).replace("'", '"'), ContentType.JSON, {"items": {"type": "integer"}})) == 5


def test_values_and_long_names_are_not_echoed() -> None:
    name = "n" * 500
    schema = {"additionalProperties": {"type": "integer"}}

    (problem,) = problems(f'{{"{name}": "hunter2"}}', ContentType.JSON, schema)

    assert "hunter2" not in problem
    assert "n" * 101 not in problem


@pytest.mark.parametrize("text", ["{}", "[]", "null", '"x"', "1" * 5000, "1e400"])
def test_an_empty_schema_takes_any_document(text: str) -> None:
    assert problems(text, ContentType.JSON, {}) == []


def test_numbers_of_any_length_can_be_checked() -> None:
    assert problems("1" * 5000, ContentType.JSON, {"type": "number", "minimum": 5}) == []
    assert problems("1" * 5000, ContentType.JSON, {"maximum": 5}) == ["has a wrong value: it must satisfy maximum 5"]


@pytest.mark.parametrize(
    "schema",
    [
        [], "x", {"type": "text"}, {"properties": []}, {"$ref": "http://127.0.0.1/x"}, {"$ref": "#/$defs/none"},
        {"properties": {"a": {"$ref": "other.json"}}},
    ],
)  # fmt: skip
def test_what_is_no_schema_is_refused(schema: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        parameters.check_schema(schema)

    assert list(refused.value.message_dict) == ["parameter_schema"]


def test_what_a_schema_names_is_never_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*args: object) -> None:
        pytest.fail("something was fetched")

    monkeypatch.setattr("urllib.request.urlopen", fetch)

    (problem,) = problems("{}", ContentType.JSON, {"$ref": "http://127.0.0.1:1/schema.json"})

    assert problem == "can not be checked: the task's schema is broken"


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}])
def test_a_schema_that_is_nothing_but_a_circle_checks_nothing(schema: Any) -> None:
    assert problems("{}", ContentType.JSON, schema) == ["can not be checked: the task's schema is broken"]


def test_a_circle_of_references_ends() -> None:
    circle = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}

    assert parameters.read("<P><A>1</A></P>", ContentType.XML).values(circle) == {"A": "1"}


@pytest.mark.parametrize("schema", [{}, SCHEMA])
def test_good_schemas_are_taken(schema: Any) -> None:
    parameters.check_schema(schema)


def test_each_problem_comes_with_the_path_of_its_member() -> None:
    schema = SCHEMA | {"required": ["Url"], "propertyNames": {"maxLength": 5}}
    found = parameters.Parameters("", ContentType.JSON, {"Deep": {"On": 1}, "To": [1, "x"], "Longer": 1}).problems(
        schema
    )

    assert {(problem.path, problem.rule) for problem in found} == {
        (("Deep", "On"), "type"),
        (("To", 1), "type"),
        (("Url",), "required"),
        ((), "additionalProperties"),
        ((), "propertyNames"),
    }
