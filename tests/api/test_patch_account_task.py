"""PATCH api/v2/admin/tasks/account/{id}: what is absent stays as it is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task
from tasks_app.schedules import Schedule
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, FORM, JSON, XML, Api, as_xml, in_format
from tests.factories import NOW, Party

LATER = datetime(2030, 2, 1, 9, tzinfo=UTC)
START, FINISH = datetime(2030, 1, 31, 9, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    return factories.account_task(
        client=account.client, task=task, schedule=Schedule(Frequency.MONTHLY, START, FINISH), parameters_text="[1]"
    )


def facts(row: AccountTask) -> dict[str, Any]:
    row.refresh_from_db()
    names = (
        "task_id", "frequency", "start_at", "finish_at", "parameters", "content_type", "notification", "is_enabled",
        "next_run_at",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}


@pytest.mark.parametrize("content_type", [JSON, XML, FORM])
@pytest.mark.parametrize(
    ("members", "changed"),
    [
        ({"Notification": "ALL"}, {"notification": TaskNotification.ALL}),
        ({"Parameters": "[2]"}, {"parameters": "[2]"}),
        ({"Enabled": "false"}, {"is_enabled": False, "next_run_at": None}),
        ({"FinishDate": "2032-01-01T00:00:00Z"}, {"finish_at": datetime(2032, 1, 1, tzinfo=UTC)}),
        ({"StartDate": "2030-02-01T09:00:00Z"}, {"start_at": LATER, "next_run_at": LATER}),
        (
            {"Parameters": "<a/>", "ContentType": "application/xml"},
            {"parameters": "<a/>", "content_type": ContentType.XML},
        ),
    ],
)
def test_one_member_changes_and_no_other(
    api: Api, account: Party, row: AccountTask, content_type: str, members: dict[str, str], changed: dict[str, Any]
) -> None:
    before = facts(row)
    body = as_xml(members, "AccountTaskPatchRequest") if content_type == XML else in_format(members, content_type)

    answer = api.of(account).patch(f"{ACCOUNT_TASKS}/{row.pk}", body, content_type=content_type)

    assert answer.status == 200, answer.text
    assert facts(row) == before | changed


def test_null_takes_a_date_away(api: Api, account: Party, row: AccountTask) -> None:
    answer = api.of(account).patch(f"{ACCOUNT_TASKS}/{row.pk}", {"FinishDate": None})

    assert (answer.status, answer.detail["FinishDate"]) == (200, None)
    assert facts(row)["start_at"] == START


def test_an_empty_object_changes_nothing(api: Api, account: Party, row: AccountTask) -> None:
    before = api.of(account).get(f"{ACCOUNT_TASKS}/{row.pk}")

    answer = api.of(account).patch(f"{ACCOUNT_TASKS}/{row.pk}", {})

    assert (answer.status, answer.body) == (200, before.body)
    assert answer.response["ETag"] == before.response["ETag"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"FinishDate": "2029-01-01"}, "FinishDate must not be before the start date."),
        ({"ContentType": "application/xml"}, "Parameters is not well-formed XML"),
        ({"Frequency": None}, "Frequency must be one of"),
        ({"Frequency": "OFTEN", "Parameters": "{"}, "Frequency must be one of"),
        ({"Parameters": None}, "Parameters is required."),
        ({"TaskID": "7"}, "TaskID must be a GUID"),
    ],
)
def test_what_would_be_wrong_as_a_whole_is_refused(
    api: Api, account: Party, row: AccountTask, members: dict[str, Any], reason: str
) -> None:
    before = facts(row)

    answer = api.of(account).patch(f"{ACCOUNT_TASKS}/{row.pk}", members)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.reason.startswith(reason)
    assert facts(row) == before


def test_without_a_body_nothing_is_changed(api: Api, account: Party, row: AccountTask) -> None:
    answer = api.of(account).call("PATCH", f"{ACCOUNT_TASKS}/{row.pk}")

    assert (answer.status, answer.code) == (400, "MALFORMED_BODY")


def test_an_edit_fires_nothing(api: Api, account: Party, task: Task) -> None:
    row = factories.account_task(client=account.client, task=task, schedule=Schedule(Frequency.NONE), now=NOW)

    api.of(account).patch(f"{ACCOUNT_TASKS}/{row.pk}", {"StartDate": "2026-03-01"})

    assert facts(row)["next_run_at"] is None
