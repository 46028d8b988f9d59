"""GET api/v2/admin/tasks/account/{id}/schedule and POST api/v2/admin/tasks/account/schedule."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from clients_app.models import Account
from tasks_app import clock
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task
from tasks_app.schedules import Schedule
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, FORM, JSON, NOWHERE, XML, Api, as_xml, in_format
from tests.factories import Party

PREVIEW = f"{ACCOUNT_TASKS}/schedule"
BODY = {"Frequency": "MONTHLY", "StartDate": "2031-01-31T08:00:00Z"}
MONTH_ENDS = ["2031-01-31T08:00:00+00:00", "2031-02-28T08:00:00+00:00", "2031-03-31T07:00:00+00:00"]


@pytest.mark.parametrize("content_type", [JSON, XML, FORM])
def test_the_slots_of_what_is_not_registered_are_on_the_wall_of_the_account(
    api: Api, account: Party, content_type: str
) -> None:
    Account.objects.update(time_zone="Europe/Paris")
    body = as_xml(BODY, "ScheduleRequest") if content_type == XML else in_format(BODY, content_type)

    answer = api.of(account).post(f"{PREVIEW}?count=3", body, content_type=content_type, Accept=JSON)

    assert (answer.status, answer.detail) == (200, {"TimeZone": "Europe/Paris", "Slots": MONTH_ENDS})
    assert not AccountTask.objects.exists()


def test_in_xml_slots_are_dates(api: Api, account: Party) -> None:
    answer = api.of(account).post(f"{PREVIEW}?count=2", BODY, Accept=XML)

    root = ElementTree.fromstring(answer.text)  # noqa: S314 (our own)
    assert root.tag == "ResponseOfScheduleResponse"
    assert [item.text for item in root.iterfind("ResponseData/Detail/Slots/dateTime")] == [
        "2031-01-31T08:00:00+00:00",
        "2031-02-28T08:00:00+00:00",
    ]


def test_without_a_start_the_first_slot_comes_a_period_after_now(api: Api, account: Party) -> None:
    before = clock.now()

    slots = api.of(account).post(PREVIEW, {"Frequency": "HOURLY"}).detail["Slots"]

    assert len(slots) == 10
    first = datetime.fromisoformat(slots[0]) - timedelta(hours=1)
    assert before <= first <= clock.now()


@pytest.mark.parametrize(
    "body",
    [
        {"Frequency": "NONE"},
        {"Frequency": "DAILY", "StartDate": "2020-01-01", "FinishDate": "2020-12-31"},
        {"Frequency": "NONE", "StartDate": "2020-01-01"},
    ],
)
def test_there_may_be_no_slot_to_come(api: Api, account: Party, body: dict[str, str]) -> None:
    assert api.of(account).post(PREVIEW, body).detail["Slots"] == []
    assert api.of(account).post(PREVIEW, body, Accept=XML).text.count("<Slots />") == 1


def test_the_end_is_kept(api: Api, account: Party) -> None:
    body = BODY | {"FinishDate": "2031-02-28T08:00:00Z"}

    assert api.of(account).post(PREVIEW, body).detail["Slots"] == MONTH_ENDS[:2]


@pytest.mark.parametrize(
    ("query", "body", "reason"),
    [
        ("?count=0", BODY, "count must be a whole number from 1 to 100."),
        ("?count=101", BODY, "count must be"),
        ("?number=3", BODY, "The query must hold no more than count."),
        ("", {}, "Frequency is required and must be one of"),
        ("", BODY | {"FinishDate": "2030-01-01"}, "FinishDate must not be before the start date."),
    ],
)
def test_what_is_wrong_is_said(api: Api, account: Party, query: str, body: dict[str, str], reason: str) -> None:
    answer = api.of(account).post(f"{PREVIEW}{query}", body)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.reason.startswith(reason)


def test_the_slots_of_an_account_task_begin_with_its_next_run(api: Api, account: Party, task: Task) -> None:
    start = datetime(2031, 1, 31, 8, tzinfo=UTC)
    row = factories.account_task(client=account.client, task=task, schedule=Schedule(Frequency.MONTHLY, start))

    detail = api.of(account).get(f"{ACCOUNT_TASKS}/{row.pk}/schedule?count=2").detail

    assert detail == {"TimeZone": "UTC", "Slots": ["2031-01-31T08:00:00+00:00", "2031-02-28T08:00:00+00:00"]}


def test_a_paused_one_has_none_and_that_of_another_account_is_not_there(
    api: Api, account: Party, neighbour: Party, task: Task
) -> None:
    row = factories.account_task(client=account.client, task=task)
    api.of(account).call("POST", f"{ACCOUNT_TASKS}/{row.pk}/disable")

    assert api.of(account).get(f"{ACCOUNT_TASKS}/{row.pk}/schedule").detail["Slots"] == []
    assert api.of(neighbour).get(f"{ACCOUNT_TASKS}/{row.pk}/schedule").status == 404
    assert api.of(account).get(f"{ACCOUNT_TASKS}/{NOWHERE}/schedule").status == 404
