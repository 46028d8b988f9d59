"""The catalogue at the admin site: what can be typed, what is said of it, and what it means for account tasks."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models import AuditEntry
from tasks_app import catalogue
from tasks_app.admin.catalogue import TAKE_SCHEMA
from tasks_app.handlers import http_request
from tasks_app.models import Task
from tests import factories
from tests.admin.forms import post, url
from tests.factories import NOW, TESTS, Party
from tests.pages.browsing import text_of

KEY = "b1b5a0a1-1234-4abc-8def-0123456789ab"


def typed(**fields: str) -> dict[str, str]:
    usual = {"name": "Call", "description": "", "handler": "http_request", "is_enabled": "on", "parameter_schema": "{}"}
    return usual | fields


def test_a_task_is_added_and_changed_with_its_trail(browser: Browser) -> None:
    post(browser, url(Task, "add"), id=KEY, **typed(parameter_schema='{"type": "object"}'))
    post(browser, url(Task, "change", KEY), **typed(is_enabled=""))

    task = Task.objects.get(pk=KEY)
    assert (task.parameter_schema, task.is_enabled) == ({}, False)
    changed, added = AuditEntry.objects.filter(row_id=KEY)
    assert (added.action, added.by) == ("task added", "operator@example.org")
    assert (changed.action, changed.before) == (
        "task changed", {"is_enabled": True, "parameter_schema": {"type": "object"}},
    )  # fmt: skip


NO_SCHEMAS = [
    ('{"type": "text"}', "must be a JSON Schema"),
    ("[1]", "must be an object"),
    ('{"$ref": "http://127.0.0.1/"}', "must begin with #"),
    ('{"a": ', "is not well-formed JSON: line 1 column 7"),
    ("not <JSON> at all", "is not well-formed JSON"),
    ('{"maximum": 1e999}', "can not be stored"),
    ('{"title": "a\\u0000b"}', "can not be stored"),
    ('{"title": "\\ud800"}', "can not be stored"),
    ("[" * 5000, "nested deeper"),
    ('{"pattern": "("}', "must be a JSON Schema"),
]


@pytest.mark.parametrize(("schema", "said"), NO_SCHEMAS)
def test_what_is_no_schema_is_refused_at_its_field_and_kept(
    browser: Browser, task: Task, schema: str, said: str
) -> None:
    response: Any = browser.post(url(Task, "change", task.pk), typed(parameter_schema=schema))

    assert response.status_code == 200
    form = response.context["adminform"].form
    assert list(form.errors) == ["parameter_schema"]
    assert said in str(form.errors["parameter_schema"])
    assert form["parameter_schema"].value() == schema
    assert Task.objects.get().parameter_schema == {}


def test_a_huge_number_is_no_failure(browser: Browser, task: Task) -> None:
    response = browser.post(url(Task, "change", task.pk), typed(parameter_schema='{"maximum": %s}' % ("9" * 5000)))

    assert response.status_code == 200
    assert Task.objects.get().parameter_schema == {}


def test_what_was_typed_keeps_its_layout_while_something_else_is_wrong(browser: Browser, task: Task) -> None:
    layout = '{ "type":\n\n "object" }'

    response: Any = browser.post(url(Task, "change", task.pk), typed(name="", parameter_schema=layout))

    assert response.context["adminform"].form["parameter_schema"].value() == layout


def test_a_schema_is_shown_over_several_lines_with_its_own_letters(browser: Browser) -> None:
    task = factories.task(schema={"title": "Tür"})

    page = browser.get(url(Task, "change", task.pk)).content.decode()

    assert "{\n  &quot;title&quot;: &quot;Tür&quot;\n}" in page


def test_handlers_are_offered_and_others_can_be_typed(browser: Browser, task: Task) -> None:
    page = text_of(browser.get(url(Task, "change", task.pk)))
    said = text_of(post(browser, url(Task, "change", task.pk), **typed(handler="of_tomorrow")))

    assert 'list="handlers"' in page
    assert '<option value="http_request">' in page
    assert "There is no handler “of_tomorrow”: runs fail until there is one." in said
    assert "of_tomorrow: runs fail" in said
    assert Task.objects.get().handler == "of_tomorrow"


def test_a_handler_that_is_there_needs_no_warning(browser: Browser, task: Task) -> None:
    said = text_of(post(browser, url(Task, "change", task.pk), **typed()))

    assert "runs fail" not in said


def test_the_schema_of_the_handler_is_fetched_and_not_saved_yet(browser: Browser, task: Task) -> None:
    button = {TAKE_SCHEMA: "yes"}

    response: Any = browser.post(url(Task, "change", task.pk), typed(name="Typed", parameter_schema="{") | button)

    form = response.context["adminform"].form
    assert json.loads(form["parameter_schema"].value()) == http_request.SCHEMA
    assert form["name"].value() == "Typed"
    assert "Nothing is saved yet" in text_of(response)
    assert "Please correct" not in text_of(response)
    assert (Task.objects.get().name, Task.objects.get().parameter_schema) == ("A task", {})


def test_an_unknown_handler_has_no_schema(browser: Browser) -> None:
    response: Any = browser.post(url(Task, "add"), typed(handler="x", parameter_schema="{ }") | {TAKE_SCHEMA: "yes"})

    assert "There is no such handler" in text_of(response)
    assert response.context["adminform"].form["parameter_schema"].value() == "{ }"
    assert not Task.objects.exists()


def test_the_key_enter_saves(browser: Browser, task: Task) -> None:
    page = text_of(browser.get(url(Task, "change", task.pk)))

    assert page.index('name="_save"') < page.index(f'name="{TAKE_SCHEMA}"')


def test_a_new_schema_tells_how_many_account_tasks_do_not_satisfy_it(
    browser: Browser, account: Party, task: Task
) -> None:
    for text in ('{"a": 1}', "{}", '{"a": 2}'):
        factories.account_task(client=account.client, task=task, parameters_text=text)
    gone = factories.account_task(client=account.client, task=task)
    type(gone).objects.filter(pk=gone.pk).update(deleted_at=NOW, next_run_at=None)

    said = text_of(post(browser, url(Task, "change", task.pk), **typed(parameter_schema='{"required": ["a"]}')))
    fine = text_of(post(browser, url(Task, "change", task.pk), **typed(parameter_schema='{"type": "object"}')))
    same = text_of(post(browser, url(Task, "change", task.pk), **typed(parameter_schema='{"type":"object"}')))

    assert "Of 3 account tasks that were looked at, the parameters of 1 do not satisfy the new schema." in said
    assert "All of 3 account tasks that were looked at satisfy the new schema." in fine
    assert "looked at" not in same


def test_no_more_account_tasks_are_looked_at_than_fit(
    account: Party, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        factories.account_task(client=account.client, task=task, parameters_text='{"a": 1}')

    monkeypatch.setattr(catalogue, "MOST_CHECKED", 3)
    assert catalogue.misfits(task) == catalogue.Misfits(3, 0)
    monkeypatch.setattr(catalogue, "MOST_READ", 9)
    assert catalogue.misfits(task) == catalogue.Misfits(2, 0)


def test_a_change_that_changes_nothing_leaves_no_trail(task: Task) -> None:
    catalogue.change_task(
        task, name=task.name, description="", handler="", schema=task.parameter_schema, is_enabled=True, by=TESTS
    )

    assert not AuditEntry.objects.filter(action="task changed").exists()


def test_the_list_counts_account_tasks_in_one_query_however_many(browser: Browser, account: Party) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            page = text_of(browser.get(url(Task, "changelist")))
        counts.append(len(queries))
        for number in range(3):
            task = factories.task(handler="http_request", schema={})
            for _ in range(number):
                factories.account_task(client=account.client, task=task)

    page = text_of(browser.get(url(Task, "changelist")))
    assert counts[0] == counts[1]
    assert '<td class="field-account_tasks">2</td>' in page


def test_the_parameters_can_be_previewed(browser: Browser) -> None:
    schema = {
        "required": ["Name"],
        "properties": {
            "Name": {"type": "string", "title": "Full name", "description": "Of <whom>"},
            "Size": {"enum": ["S", "M"]},
            "Anything": True,
        },
    }
    task = factories.task(name="Greet", schema=schema)

    page = text_of(browser.get(url(Task, "change", task.pk)))
    preview = text_of(browser.get(f"/admin/tasks_app/task/{task.pk}/preview"))

    assert f'href="/admin/tasks_app/task/{task.pk}/preview"' in page
    for said in ("Greet", "Name", "Full name", "Of &lt;whom&gt;", '<option value="S">', "Anything"):
        assert said in preview


def test_a_preview_without_members_and_one_of_no_task(browser: Browser, task: Task) -> None:
    assert "The schema names no members" in text_of(browser.get(f"/admin/tasks_app/task/{task.pk}/preview"))
    assert browser.get(f"/admin/tasks_app/task/{KEY}/preview").status_code == 404
    response: Any = Browser().get(f"/admin/tasks_app/task/{task.pk}/preview")
    assert response["Location"].startswith("/admin/login/")
