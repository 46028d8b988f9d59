"""Form, JSON and XML: what was typed in one of them is carried over to the others, or stays, with the reason."""

import json
from typing import Any

import pytest
from django.test import Client as Browser

from tasks_app.models import AccountTask, Task
from tests import factories
from tests.factories import Party
from tests.pages.browsing import text_of
from tests.pages.test_registering import filled

SCHEMA = {
    "type": "object",
    "properties": {
        "Url": {"type": "string", "minLength": 3},
        "Days": {"type": "integer"},
        "On": {"type": "boolean"},
        "Headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "Any": {"oneOf": [{"type": "integer"}, {"type": "array"}]},
    },
    "required": ["Url"],
}


@pytest.fixture
def known(db: None) -> Task:
    return factories.task(schema=SCHEMA)


def switch(browser: Browser, account: Party, task: Task, to: str, **typed: str) -> Any:
    """The editor after the switch, from what was typed."""
    sent = filled(account, switch=to, finish_at="2031-01-01T00:00") | typed
    response: Any = browser.post(f"/tasks/new?task={task.pk}", sent)
    assert response.status_code == 200
    assert 'value="2031-01-01T00:00"' in text_of(response)
    assert "Nothing is saved yet" not in text_of(response)
    assert not AccountTask.objects.exists()
    return response.context["draft"].editor


FORM = {"parameters/Url": "https://a", "parameters/Days": "7", "parameters/On": "false", "parameters/Headers": "A: b",
        "json/Any": "[1]"}  # fmt: skip
VALUES = {"Url": "https://a", "Days": 7, "On": False, "Headers": {"A": "b"}}
AS_XML = (
    "<Parameters>\n  <Url>https://a</Url>\n  <Days>7</Days>\n  <On>false</On>\n"
    "  <Headers>\n    <A>b</A>\n  </Headers>\n</Parameters>\n"
)


def test_what_is_typed_in_one_is_carried_over_to_the_others(browser: Browser, account: Party, known: Task) -> None:
    as_json = switch(browser, account, known, "json", **FORM)
    assert json.loads(as_json.text) == VALUES | {"Any": [1]}
    as_xml = switch(browser, account, known, "xml", **FORM | {"json/Any": ""})
    # In the order of the schema, which PostgreSQL does not keep.
    assert sorted(as_xml.text.splitlines()) == sorted(AS_XML.splitlines())

    for text, representation in ((json.dumps(VALUES), "json"), (AS_XML, "xml")):
        editor = switch(browser, account, known, "form", representation=representation, parameters=text)

        assert editor.form
        assert {name: editor.form[name].value() for name in FORM if name != "json/Any"} == {
            name: text for name, text in FORM.items() if name != "json/Any"
        }
    assert json.loads(switch(browser, account, known, "json", representation="xml", parameters=AS_XML).text) == VALUES
    again = switch(browser, account, known, "xml", representation="json", parameters=json.dumps(VALUES))
    assert again.text == AS_XML


def test_wrong_values_are_carried_over_too(browser: Browser, account: Party, known: Task) -> None:
    editor = switch(browser, account, known, "json", **{"parameters/Url": "", "parameters/Days": "many"})
    back = switch(browser, account, known, "form", representation="json", parameters=editor.text)

    assert json.loads(editor.text) == {"Days": "many"}
    assert back.form["parameters/Days"].value() == "many"


@pytest.mark.parametrize(
    ("representation", "text", "to", "why"),
    [
        ("json", "{", "xml", "it is not well-formed JSON: line 1 column 2."),
        ("json", "", "form", "it is not well-formed JSON: line 1 column 1."),
        ("xml", "<a>\n", "form", "it is not well-formed XML: line 2 column 1."),
        ("xml", "<a>\n", "json", "it is not well-formed XML: line 2 column 1."),
        (
            "json",
            '{"Headers": {"a b": "c"}}',
            "xml",
            "it has a member whose name can&#x27;t be that of an XML element.",
        ),
        ("json", '{"Headers": {}}', "xml", None),
        ("json", '{"Any": 5}', "xml", "it has a Any that would not come back the same."),
        ("json", '{"Other": 5}', "form", "it has the member Other, which the task does not name."),
        ("json", "[]", "form", "it is no object with members."),
        ("json", '{"Days": 1e400}', "form", "it has a Days that is too large a number."),
        ("json", '"\ufffe"', "xml", "it holds characters that can&#x27;t be seen: take them out."),
    ],
)
def test_what_can_not_be_carried_over_stays_and_says_why(
    browser: Browser, account: Party, known: Task, representation: str, text: str, to: str, why: str | None
) -> None:
    sent = filled(account, switch=to, representation=representation, parameters=text)

    response: Any = browser.post(f"/tasks/new?task={known.pk}", sent)

    editor = response.context["draft"].editor
    if why is None:
        assert editor.representation == to
    else:
        assert why in text_of(response)
        assert (editor.representation, editor.text) == (representation, text)


def test_a_form_with_a_field_that_can_not_be_read_stays(browser: Browser, account: Party, known: Task) -> None:
    sent = filled(account, switch="json") | {"json/Any": "[", "parameters/Url": "typed with care"}

    page = text_of(browser.post(f"/tasks/new?task={known.pk}", sent))

    assert "it has fields that are to be put right first." in page
    assert "It is not well-formed JSON: line 1 column 2." in page
    assert 'value="typed with care"' in page


@pytest.mark.parametrize("to", ["json", "xml"])
def test_an_empty_document_is_carried_over(browser: Browser, account: Party, task: Task, to: str) -> None:
    other, text = ("json", "{}") if to == "xml" else ("xml", "<Parameters />")

    editor = switch(browser, account, task, to, representation=other, parameters=text)

    assert editor.text == ("<Parameters />" if to == "xml" else "{}")


@pytest.mark.parametrize("to", ["", "yaml", "\x00", "form"])
def test_a_switch_to_what_is_not_there_changes_nothing(browser: Browser, account: Party, task: Task, to: str) -> None:
    editor = switch(browser, account, task, to, representation="json", parameters='{"a":1}')

    assert (editor.representation, editor.text) == ("json", '{"a":1}')


def test_back_in_its_own_format_the_stored_text_is_shown(browser: Browser, account: Party, known: Task) -> None:
    text = '{"Url":   "https://a"}'
    row = factories.account_task(client=account.client, task=known, parameters_text=text)
    sent = {"switch": "json", "representation": "form", "parameters/Url": "https://a", "version": "1"}

    response: Any = browser.post(f"/tasks/{row.pk}/edit", sent)

    assert response.context["draft"].editor.text == text


def test_the_switch_is_of_buttons_that_replace_their_part_of_the_page(browser: Browser, known: Task) -> None:
    page = text_of(browser.get(f"/tasks/new?task={known.pk}"))

    assert '<button name="switch" value="form" id="switch-form" formnovalidate aria-current="true"' in page
    assert f'hx-post="/tasks/new?task={known.pk}" hx-target="#parameters" hx-select="#parameters"' in page


def test_a_megabyte_of_parameters_is_no_error_of_ours(browser: Browser, account: Party, known: Task) -> None:
    text = json.dumps({"Url": "x" * 900_000})

    assert switch(browser, account, known, "form", representation="json", parameters=text).form
    sent = filled(account, representation="json", parameters=json.dumps({"Url": "x" * 1_100_000}))
    assert browser.post(f"/tasks/new?task={known.pk}", sent).status_code in (400, 413)
