"""The plain road of a registration comes to what the serializer comes to, or leaves it to it."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.serializers import ValidationError

from config.api.parsers import Body, Number
from tasks_app.api import plain
from tasks_app.api.requests import AccountTaskRequest
from tasks_app.api.responses import AccountTaskResponse
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, Api
from tests.factories import NOW, Party

USUAL = {
    "TaskID": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "Frequency": "DAILY",
    "StartDate": "2030-01-22T09:00:00+01:00",
    "FinishDate": "2030-12-31T23:59:59.5Z",
    "Parameters": '{"Url": "https://example.com/hook"}',
    "ContentType": "application/json",
    "Notification": "FAILURE",
}
MOMENTS: list[Any] = [
    "2030-01-22T09:00:00Z", "2030-01-22T09:00:00.123456-13:59", "2030-01-22T09:00:00.1+00:00", "2030-01-22",
    "2030-01-22T09:00:00", "2030-01-22T09:00Z", "2030-02-30T09:00:00Z", "2030-01-22T24:00:00Z", "2030-01-22T09:00:60Z",
    "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2030-01-22T09:00:00+14:00", "2030-01-22T09:00:00+14:01",
    "2030-01-22T09:00:00.1234567Z", "2030-01-22t09:00:00z", " 2030-01-22T09:00:00Z", "2030-01-22T09:00:00Z\n",
    "\u0662030-01-22T09:00:00Z", "2029-01-22T09:00:00Z", "/Date(1893456000000)/", "", None, 7, Number("7"), [],
]  # fmt: skip
MEMBERS: dict[str, list[Any]] = {
    "TaskID": [USUAL["TaskID"].upper(), f"{{{USUAL['TaskID']}}}", " " + USUAL["TaskID"], "x", None, Number("7"), ""],
    "Frequency": ["NONE", "HOURLY", "YEARLY", "daily", "DAILY ", "7", Number("2"), Number("9"), None, True, [], "x"],
    "StartDate": MOMENTS,
    "FinishDate": MOMENTS,
    "Parameters": ["[]", "{", "<a/>", "<a>", "", "\x00", '"\ud800"', Number("7"), True, None, [], "[" * 40 + "]" * 40],
    "ContentType": ["application/xml", "application/JSON", "application/json; charset=utf-8", "text/json", None, "x"],
    "Notification": ["NONE", "ALL", "all", Number("1"), "9", None, [], False, ""],
}
ABSENT = object()


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    members: dict[str, Any] = dict(USUAL)
    for name in draw(st.lists(st.sampled_from(list(MEMBERS)), max_size=3)):
        members[name] = draw(st.sampled_from([*MEMBERS[name], ABSENT]))
    dialect = draw(st.sampled_from(["json", "xml", "form"]))
    return Body(dialect, [(name, value) for name, value in members.items() if value is not ABSENT])


def comparable(values: Any) -> Any:
    """Elements of XML are not equal to each other, whatever is in them."""
    parameters = values["parameters"]
    return values | {"parameters": (parameters.text, parameters.content_type, repr(parameters.search_text))}


@settings(max_examples=2_000, deadline=None)
@given(body=bodies())
def test_it_reads_the_same_or_leaves_it_to_the_serializer(body: Body) -> None:
    found = plain.read(body)

    if found is not None:
        asked = AccountTaskRequest(data=body)
        asked.is_valid(raise_exception=True)
        assert comparable(found) == comparable(asked.validated_data)
        assert {name: type(value) for name, value in found.items()} == {
            name: type(value) for name, value in asked.validated_data.items()
        }


@pytest.mark.parametrize("number", range(3))
def test_it_answers_what_the_serializer_answers(account: Party, task: Task, api: Api, number: int) -> None:
    row = factories.account_task(client=account.client, task=task)
    others: list[dict[str, Any]] = [
        {},
        {"start_at": NOW, "finish_at": NOW, "is_enabled": False, "last_run_at": NOW, "last_run_by": "SCHEDULER"},
        {"status": "FAILED", "frequency": 6, "notification": 3, "content_type": "application/xml", "modified_by": ""},
    ]
    AccountTask.objects.filter(pk=row.pk).update(**others[number] | ({"next_run_at": None} if number == 1 else {}))

    for each in (row, AccountTask.objects.select_related("task").get()):
        found, expected = plain.detail(each), AccountTaskResponse(each).data
        assert json.dumps(found) == json.dumps(expected)  # member by member, in the same order
    assert json.dumps(api.of(account).get(ACCOUNT_TASKS).detail) == json.dumps([expected])


@pytest.mark.parametrize("dialect", ["json", "xml", "form"])
@pytest.mark.parametrize("absent", ["", "StartDate", "FinishDate", "Notification"])
def test_it_takes_what_is_written_as_our_answers_write_it(dialect: str, absent: str) -> None:
    body = Body(dialect, [(name, value) for name, value in USUAL.items() if name != absent])

    found = plain.read(body)

    assert found is not None
    assert found["task_id"] == UUID(USUAL["TaskID"])
    assert (found["schedule"].start_at is None) == (absent == "StartDate")


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in MEMBERS.items() for value in values])
@pytest.mark.parametrize("dialect", ["json", "xml", "form"])
def test_what_is_wrong_is_left_to_the_serializer(dialect: str, name: str, value: Any) -> None:
    body = Body(dialect, (USUAL | {name: value}).items())
    asked = AccountTaskRequest(data=body)
    try:
        is_right = asked.is_valid(raise_exception=True)
    except ValidationError:
        is_right = False

    assert plain.read(body) is None or is_right
