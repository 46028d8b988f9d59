"""GET and PUT api/v2/admin/tasks/account/{id}."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from clients_app.models import AuditEntry
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, XML, Api, as_xml, asked
from tests.factories import Party


@pytest.fixture
def registered(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


def test_what_was_registered_is_found_at_its_location(api: Api, account: Party, task: Task) -> None:
    created = api.of(account).post(ACCOUNT_TASKS, asked(task.pk))

    found = api.of(account).get(created.response["Location"])

    assert found.status == 200
    assert found.body == created.body


@pytest.mark.parametrize("form", ["{}", "({})", "{{{}}}"])
def test_the_id_is_a_guid_in_any_form(api: Api, account: Party, registered: AccountTask, form: str) -> None:
    answer = api.of(account).get(f"/API/v1/Admin/Tasks/Account/{form.format(str(registered.pk).upper())}/")

    assert answer.detail["ID"] == str(registered.pk)


def test_put_replaces_all_but_the_client(api: Api, account: Party, registered: AccountTask) -> None:
    other = factories.task(name="Another task")
    body = asked(
        other.pk,
        Frequency="MONTHLY",
        StartDate="2026-01-31",
        FinishDate="2026-12-31",
        Parameters="[1]",
        Notification="ALL",
        Enabled=False,
    )

    answer = api.of(account).put(f"{ACCOUNT_TASKS}/{registered.pk}", body)

    assert answer.status == 200
    assert (answer.detail["Name"], answer.detail["Frequency"], answer.detail["Enabled"]) == (
        "Another task",
        "MONTHLY",
        False,
    )
    registered.refresh_from_db()
    assert registered.start_at == datetime(2026, 1, 31, tzinfo=UTC)
    assert (registered.client, registered.parameters) == (account.client, "[1]")
    assert registered.created_at == factories.NOW
    assert registered.modified_at > factories.NOW
    assert registered.modified_by == "ann@acme.example"


@pytest.mark.parametrize("enabled", [{}, {"Enabled": None}])
def test_enabled_stays_as_it_is_if_it_is_absent_or_null(
    api: Api, account: Party, registered: AccountTask, enabled: dict[str, Any]
) -> None:
    AccountTask.objects.update(is_enabled=False, next_run_at=None)

    answer = api.of(account).put(f"{ACCOUNT_TASKS}/{registered.pk}", asked(registered.task_id) | enabled)

    assert answer.detail["Enabled"] is False


@pytest.mark.parametrize(
    ("text", "enabled"), [("true", True), (" 1 ", True), ("false", False), ("0", False), ("True", None), ("", None)]
)
def test_enabled_in_xml_is_a_boolean_of_xml_schema(
    api: Api, account: Party, registered: AccountTask, text: str, enabled: bool | None
) -> None:
    body = as_xml(asked(registered.task_id, Enabled=text), "AccountTaskUpdateRequest")

    answer = api.of(account).put(f"{ACCOUNT_TASKS}/{registered.pk}", body, content_type=XML, Accept="application/json")

    assert answer.status == (400 if enabled is None else 200)
    assert enabled is None or answer.detail["Enabled"] is enabled


def test_a_put_keeps_the_facts_that_changed_in_the_audit_trail(
    api: Api, account: Party, registered: AccountTask
) -> None:
    api.of(account).put(f"{ACCOUNT_TASKS}/{registered.pk}", asked(registered.task_id, Frequency="HOURLY"))

    entry = AuditEntry.objects.get(action="account task changed")
    assert (entry.before, entry.after) == ({"frequency": 2}, {"frequency": 1})


def test_a_put_that_changes_nothing_leaves_no_audit_entry(api: Api, account: Party, registered: AccountTask) -> None:
    api.of(account).put(f"{ACCOUNT_TASKS}/{registered.pk}", asked(registered.task_id))

    assert not AuditEntry.objects.filter(action="account task changed").exists()


def test_a_wrong_put_changes_nothing(api: Api, account: Party, registered: AccountTask) -> None:
    answer = api.of(account).put(
        f"{ACCOUNT_TASKS}/{registered.pk}", asked(registered.task_id, Frequency="HOURLY", Parameters="{")
    )

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert AccountTask.objects.get().frequency == registered.frequency


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_anothers_an_absent_and_a_deleted_account_task_look_the_same(
    api: Api, account: Party, neighbour: Party, registered: AccountTask, method: str
) -> None:
    deleted = factories.account_task(client=neighbour.client, task=registered.task)
    AccountTask.objects.filter(pk=deleted.pk).update(deleted_at=factories.NOW, next_run_at=None)
    keys = [registered.pk, neighbour.client.pk, deleted.pk]
    body = asked(registered.task_id, Frequency="HOURLY")

    answers = [
        api.of(neighbour).call(method, f"{ACCOUNT_TASKS}/{key}", json.dumps(body), content_type="application/json")
        for key in keys
    ]

    assert {answer.status for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert AccountTask.objects.get(pk=registered.pk).frequency == registered.frequency


def test_the_body_of_a_put_is_judged_before_the_id_is_looked_for(api: Api, account: Party) -> None:
    answer = api.of(account).put(f"{ACCOUNT_TASKS}/{account.client.pk}", b"{")

    assert answer.code == "MALFORMED_BODY"
