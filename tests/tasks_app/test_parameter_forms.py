"""The form that is made of a task's schema, and what comes back from it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks_app import handlers, parameter_fields, parameter_forms, parameter_members, parameters
from tasks_app.enumerations import ContentType
from tasks_app.parameter_fields import Kind, Unshowable
from tasks_app.parameter_forms import ParameterForm

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["Name", "Address"],
    "properties": {
        "Name": {"type": "string", "title": "Your name", "description": "As on the bill.", "minLength": 1},
        "Mail": {"type": "string", "format": "email"},
        "Site": {"type": "string", "format": "uri", "maxLength": 2000},
        "Body": {"type": "string"},
        "Long": {"type": "string", "maxLength": 201},
        "Short": {"type": "string", "maxLength": 200},
        "Page": {"type": "string", "contentMediaType": "text/html"},
        "Days": {"type": "integer", "minimum": 1, "maximum": 9, "default": 7},
        "Ratio": {"type": "number"},
        "On": {"type": "boolean"},
        "Colour": {"enum": ["red", 1, None]},
        "To": {"type": "array", "items": {"$ref": "#/$defs/number"}},
        "Headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "Address": {
            "type": "object",
            "required": ["Town"],
            "properties": {"Town": {"type": "string"}, "Zip": {"$ref": "#/$defs/number", "title": "Code"}},
        },
        "Any": {"oneOf": [{"type": "string"}, {"type": "object"}]},
        "Grid": {"type": "array", "items": {"type": "array"}},
        "Maybe": {"type": ["string", "null"]},
        "True": True,
        "a/b c": {"type": "string"},
    },
    "$defs": {"number": {"type": "integer"}},
}
KINDS = {
    "Name": Kind.TEXT,
    "Mail": Kind.TEXT,
    "Site": Kind.TEXT,
    "Body": Kind.LONG_TEXT,
    "Long": Kind.LONG_TEXT,
    "Short": Kind.TEXT,
    "Page": Kind.LONG_TEXT,
    "Days": Kind.NUMBER,
    "Ratio": Kind.NUMBER,
    "On": Kind.CHOICE,
    "Colour": Kind.CHOICE,
    "To": Kind.LINES,
    "Headers": Kind.PAIRS,
    "Address": Kind.GROUP,
    "Any": Kind.JSON,
    "Grid": Kind.JSON,
    "Maybe": Kind.JSON,
    "True": Kind.JSON,
    "a/b c": Kind.TEXT,
}
WHOLE = {
    "Name": "Ann",
    "Mail": "ann@acme.example",
    "Site": "https://acme.example",
    "Body": "One\nTwo ",
    "Days": 5,
    "Ratio": 0.5,
    "On": False,
    "Colour": None,
    "To": [1, 2],
    "Headers": {"A": "b: c", "D": ""},
    "Address": {"Town": "Rome", "Zip": 7},
    "Any": {"x": [1]},
    "Grid": [[1], []],
    "Maybe": None,
    "True": 3,
    "a/b c": "x",
}


def sent(texts: dict[str, str], schema: Any = SCHEMA) -> ParameterForm:
    form = parameter_forms.sent(schema, texts)
    assert form
    return form


def values_of(form: ParameterForm, schema: Any = SCHEMA) -> Any:
    """What comes back if a browser sends the form as it is shown."""
    again = sent({name: str(form[name].value() or "") for name in form.fields}, schema)
    assert again.is_valid(), again.errors
    return again.values()


def test_each_member_gets_its_control_in_the_order_of_the_schema() -> None:
    found = parameter_members.members(SCHEMA)

    assert {member.path[-1]: member.kind for member in found} == KINDS
    assert [member.path[-1] for member in found] == list(SCHEMA["properties"])


def test_controls_say_what_the_schema_says() -> None:
    form = parameter_forms.of_schema(SCHEMA)

    assert form
    html = {name: str(form[name]) for name in form.fields}
    assert (form["parameters/Name"].label, form["parameters/Name"].help_text) == ("Your name", "As on the bill.")
    assert "required" in html["parameters/Name"]
    assert 'type="email"' in html["parameters/Mail"]
    assert 'type="url"' in html["parameters/Site"]
    assert html["parameters/Body"].startswith("<textarea")
    assert all(said in html["parameters/Days"] for said in ('type="number"', 'min="1"', 'max="9"', 'step="1"'))
    assert form["parameters/Days"].help_text == "Without it: 7."
    assert 'step="any"' in html["parameters/Ratio"]
    assert [text for text in ("Not set", "Yes", "No") if text in html["parameters/On"]] == ["Not set", "Yes", "No"]
    assert form["parameters/Address/Zip"].label == "Code"
    assert form["parameters/a%2Fb%20c"].label == "a/b c"
    assert form["json/Grid"].help_text == "As JSON."


def test_an_empty_form_has_no_member_but_the_groups_that_must_be_there() -> None:
    form = parameter_forms.of_schema(SCHEMA)

    assert form
    assert values_of(form) == {"Address": {}}


def test_what_is_shown_comes_back_the_same() -> None:
    form = parameter_forms.showing(SCHEMA, WHOLE)

    assert parameters.difference(values_of(form), WHOLE) is None
    assert [name for name in form.fields if name.startswith("json/")] == [
        "json/Any",
        "json/Grid",
        "json/Maybe",
        "json/True",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Name", 5), ("Name", None), ("Name", "a\r\nb"), ("Name", "\ud800\x00"), ("Mail", " a@b.example "),
        ("Days", "7"), ("Days", 7.0), ("On", "yes"), ("On", "true"), ("On", 1), ("Colour", "null"), ("To", ["x", "1"]),
        ("To", 5),
        ("To", ["a\nb"]), ("Headers", {"a:b": "c"}), ("Headers", {"A": " b"}), ("Headers", {"A": 5}), ("Headers", {}),
        ("Body", ""), ("Body", "\n"), ("Address", {"Street": "x"}), ("Address", 5), ("Address", {}), ("Any", ""),
        ("Name", "two\nlines"), ("Days", "many"), ("Colour", "blue"), ("Ratio", 10**400), ("True", {"\ud800": "\x00"}),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_its_control_is_kept_all_the_same(name: str, value: Any) -> None:
    form = parameter_forms.showing(SCHEMA, {name: value})

    shown = values_of(form)
    assert parameters.difference(shown[name], value) is None
    "".join(str(form[field]) for field in form.fields).encode()


def test_a_choice_and_a_number_show_what_they_do_not_allow() -> None:
    form = parameter_forms.showing(SCHEMA, {"Colour": "blue", "Days": "many", "Name": "two\nlines"})

    assert '<option value="blue" selected>' in str(form["parameters/Colour"])
    assert 'type="text"' in str(form["parameters/Days"])
    assert str(form["parameters/Name"]).startswith("<textarea")


@pytest.mark.parametrize("values", [{"Other": 1}, [], None, "x", {"Days": float("inf")}])
def test_what_has_no_field_is_not_shown_at_all(values: Any) -> None:
    with pytest.raises(Unshowable):
        parameter_forms.showing(SCHEMA, values)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "array"},
        {"type": "object", "properties": {}},
        {"properties": {"A": {"$ref": "#/$defs/none"}}},
        {"type": "object", "properties": {f"A{number}": {"type": "string"} for number in range(201)}},
    ],
)
def test_a_schema_without_a_form(schema: Any) -> None:
    assert parameter_forms.of_schema(schema) is None
    assert parameter_forms.sent(schema, {}) is None


def test_a_schema_that_holds_itself_ends_in_json() -> None:
    tree = {
        "$ref": "#/$defs/tree",
        "$defs": {"tree": {"type": "object", "properties": {"In": {"$ref": "#/$defs/tree"}}}},
    }

    kinds = {member.name: member.kind for member in parameter_fields.leaves(parameter_members.members(tree))}

    assert kinds == {"json/In/In/In": Kind.JSON}


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"json/Grid": "["}, {"json/Grid": "It is not well-formed JSON: line 1 column 2."}),
        ({"parameters/Headers": "a b"}, {"parameters/Headers": "Line 1 must be a name, a colon and a value."}),
        ({"parameters/Name": "\x00"}, {"parameters/Name": "Take out the characters that can't be seen."}),
    ],
)
def test_what_is_no_value_is_said_beside_its_field(texts: dict[str, str], said: dict[str, str]) -> None:
    form = sent(texts)

    assert {name: problems[0] for name, problems in form.errors.items()} == said


def test_problems_stand_beside_their_members() -> None:
    form = sent({
        "parameters/Days": "10", "parameters/To": "1\nx", "parameters/Headers": "A: b", "parameters/Colour": "blue",
        "parameters/Address/Zip": "x",
    })  # fmt: skip
    assert form.is_valid()
    schema = SCHEMA | {"additionalProperties": False, "minProperties": 99}

    form.point_out(parameters.Parameters("", ContentType.JSON, form.values() | {"Other": 1}).problems(schema))

    assert dict(form.errors) == {
        "__all__": ["There are members that the task does not know.", "It must satisfy minProperties 99."],
        "parameters/Name": ["It is required."],
        "parameters/Days": ["It must be at most 9."],
        "parameters/To": ["Entry 2: It must be a whole number."],
        "parameters/Colour": ["It must be one of red, 1, None."],
        "parameters/Address/Town": ["It is required."],
        "parameters/Address/Zip": ["It must be a whole number."],
    }


@pytest.mark.parametrize("handler", handlers.HANDLERS, ids=lambda handler: handler.code)
def test_the_handlers_that_ship_have_a_form_of_plain_controls(handler: Any) -> None:
    found = list(parameter_fields.leaves(parameter_members.members(handler.schema)))

    assert len(found) == len(handler.schema["properties"])
    assert Kind.JSON not in {member.kind for member in found}
    assert all(member.schema.get("description") or member.path[-1] in ("Subject", "Text") for member in found)


LEAVES = st.one_of(st.text(), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
TREES = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(st.text(), LEAVES, max_size=3)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values=st.dictionaries(st.sampled_from(list(SCHEMA["properties"])), TREES))
def test_whatever_is_shown_comes_back_the_same(values: dict[str, Any]) -> None:
    try:
        form = parameter_forms.showing(SCHEMA, values)
    except Unshowable:
        return

    back = values_of(form)
    if "Address" not in values and "Address" in back:
        del back["Address"]  # a group that must be there is there
    assert parameters.difference(back, values) is None
