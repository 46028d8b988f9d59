"""POST api/v2/admin/tasks/account."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients_app import documents
from clients_app.models import AuditEntry
from tasks_app.enumerations import Frequency, TaskNotification
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, FORM, JSON, XML, Api, asked, in_format
from tests.factories import Party

FORMATS = (JSON, XML, FORM)


def test_it_answers_the_account_task_that_is_now_there(api: Api, account: Party, task: Task) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk, Notification="FAILURE"))

    row = AccountTask.objects.get()
    assert answer.status == 201
    assert datetime.fromisoformat(answer.detail["DateCreated"]) == row.created_at
    assert answer.response["Location"] == f"{ACCOUNT_TASKS}/{row.pk}"
    assert answer.response["Content-Type"] == "application/json; charset=utf-8"
    assert answer.body == {
        "Error": None,
        "ResponseData": {
            "Identification": {"UserId": str(account.administrator.pk)},
            "Result": "Success",
            "Detail": {
                "ID": str(row.pk),
                "TaskID": str(task.pk),
                "Name": "A task",
                "Enabled": True,
                "Frequency": "DAILY",
                "StartDate": None,
                "FinishDate": None,
                "Parameters": "{}",
                "ContentType": "application/json",
                "Notification": "FAILURE",
                "DateCreated": answer.detail["DateCreated"],
                "DateModified": answer.detail["DateCreated"],
                "LastRunOn": None,
                "LastRunBy": None,
                "LastModifiedBy": "ann@acme.example",
                "Status": "PENDING",
                "ClientID": str(account.client.pk),
            },
        },
    }


def test_in_xml_result_comes_before_identification_and_null_dates_are_nil(api: Api, account: Party, task: Task) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, in_format(asked(task.pk), XML), content_type=XML)

    assert answer.response["Content-Type"] == "application/xml; charset=utf-8"
    assert answer.text.startswith(
        '<ResponseOfAccountTaskResponse xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><ResponseData><Result>Success</Result>'
        f"<Identification><UserId>{account.administrator.pk}</UserId></Identification><Detail><ID>"
    )
    assert '<StartDate xsi:nil="true" /><FinishDate xsi:nil="true" /><Parameters>{}</Parameters>' in answer.text
    assert '<LastRunOn xsi:nil="true" /><LastModifiedBy>' in answer.text


def test_the_row_belongs_to_the_account_and_the_client_of_the_token(api: Api, account: Party, task: Task) -> None:
    api.of(account).post(ACCOUNT_TASKS, asked(task.pk))

    row = AccountTask.objects.get()
    assert (row.account, row.client, row.task) == (account.account, account.client, task)
    assert (row.is_enabled, row.status, row.next_run_at) == (True, "PENDING", row.created_at + timedelta(days=1))


def test_it_leaves_one_audit_entry(api: Api, account: Party, task: Task) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk))

    entry = AuditEntry.objects.get(kind="account task")
    assert (entry.action, str(entry.row_id)) == ("account task registered", answer.detail["ID"])
    assert (entry.account, entry.user, entry.client) == (account.account, account.administrator, account.client)
    assert (entry.by, entry.address, entry.before) == ("ann@acme.example", "127.0.0.1", None)
    assert entry.after is not None
    assert entry.after["parameters"] == "{}"


FIELDS = ("task_id", "frequency", "start_at", "finish_at", "parameters", "content_type", "notification")
SAME_VALUES = [
    {},
    {"Frequency": "YEARLY", "Notification": "ALL"},
    {"StartDate": "2026-01-22T09:00:48.099057Z", "FinishDate": "2027-01-22T09:00:48+02:00"},
    {"StartDate": "2026-01-22"},
    {"Parameters": "<a b='1'>\u00e9 &amp; <![CDATA[<>]]>\t</a>", "ContentType": "application/xml"},
    {"Parameters": '{"s": "\u20ac \U0001f600 + % & = \u2028"}'},
]


@pytest.mark.parametrize("members", SAME_VALUES)
def test_the_same_value_in_json_xml_and_a_form_makes_the_same_row(
    api: Api, account: Party, task: Task, members: dict[str, Any]
) -> None:
    for content_type in FORMATS:
        body = in_format(asked(task.pk, **members), content_type)
        assert api.of(account).post(ACCOUNT_TASKS, body, content_type=content_type).status == 201

    rows = AccountTask.objects.values_list(*FIELDS)
    assert len(rows) == 3
    assert len(set(rows)) == 1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_every_accepted_text_comes_back_exactly_in_both_formats(
    api: Api, account: Party, task: Task, text: str
) -> None:
    parameters = json.dumps({"s": documents.UNFIT.sub("", text)}, ensure_ascii=False)

    for content_type in FORMATS:
        body = in_format(asked(task.pk, Parameters=parameters), content_type)
        as_json = api.of(account).post(ACCOUNT_TASKS, body, content_type=content_type, Accept=JSON)
        assert as_json.detail["Parameters"] == parameters
        as_xml = api.of(account).post(ACCOUNT_TASKS, body, content_type=content_type, Accept=XML)
        root = documents.read_xml(as_xml.text)
        assert root.findtext("ResponseData/Detail/Parameters") == parameters


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n", "\x85", "\u2028"])
def test_line_ends_inside_parameters_survive_json_in_and_xml_out(
    api: Api, account: Party, task: Task, line_end: str
) -> None:
    parameters = f"<a>1{line_end}2</a>"
    body = asked(task.pk, Parameters=parameters, ContentType="application/xml")

    answer = api.of(account).post(ACCOUNT_TASKS, body, Accept=XML)

    assert documents.read_xml(answer.text).findtext("ResponseData/Detail/Parameters") == parameters


@pytest.mark.parametrize("frequency", list(Frequency))
@pytest.mark.parametrize("notification", list(TaskNotification))
def test_enumerations_are_taken_by_number_and_by_name(
    api: Api, account: Party, task: Task, frequency: Frequency, notification: TaskNotification
) -> None:
    by_number = asked(task.pk, Frequency=frequency.value, Notification=notification.value)
    by_name = asked(task.pk, Frequency=frequency.name.lower(), Notification=f" {notification.name} ")

    answers = [api.of(account).post(ACCOUNT_TASKS, body).detail for body in (by_number, by_name)]

    assert [(answer["Frequency"], answer["Notification"]) for answer in answers] == [
        (frequency.name, notification.name)
    ] * 2


def test_server_owned_members_change_nothing(api: Api, account: Party, neighbour: Party, task: Task) -> None:
    body = asked(
        task.pk,
        ID=str(neighbour.client.pk),
        AccountID=str(neighbour.account.pk),
        ClientID=str(neighbour.client.pk),
        Status="SUCCEEDED",
        LastRunOn="2026-01-01",
        DateCreated="2001-01-01",
        Enabled=False,
    )

    answer = api.of(account).post(ACCOUNT_TASKS, body)

    row = AccountTask.objects.get()
    assert (row.account, row.client, row.status, row.is_enabled) == (account.account, account.client, "PENDING", True)
    assert (answer.detail["LastRunOn"], row.created_at.year > 2001) == (None, True)
    assert row.pk != neighbour.client.pk


@pytest.mark.parametrize(
    "task_id", [UUID(int=0), UUID("7c0e2f64-93d1-4b58-a6f2-1d85c3b9e047")], ids=["zero", "unknown"]
)
def test_a_task_that_is_not_in_the_catalogue_is_refused(api: Api, account: Party, task_id: UUID) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, asked(task_id))

    assert (answer.status, answer.code) == (400, "TASK_NOT_FOUND")
    assert not AccountTask.objects.exists()


def test_a_task_that_is_switched_off_is_refused(api: Api, account: Party, task: Task) -> None:
    Task.objects.update(is_enabled=False)

    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk))

    assert (answer.status, answer.code) == (400, "TASK_NOT_FOUND")


SCHEMA = {
    "type": "object",
    "properties": {"Url": {"type": "string"}, "Days": {"type": "integer"}, "To": {"type": "array"}},
    "required": ["Url"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        (JSON, '{"Url": "https://example.org", "Days": 7}'),
        (XML, "<Parameters><Url>https://example.org</Url><Days>7</Days><To>a</To></Parameters>"),
    ],
)
def test_parameters_that_fit_the_schema_are_kept_as_they_came(
    api: Api, account: Party, content_type: str, text: str
) -> None:
    task = factories.task(schema=SCHEMA)

    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk, Parameters=text, ContentType=content_type))

    assert answer.status == 201
    assert answer.detail["Parameters"] == text


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        (JSON, '{"Days": "seven"}'),
        (XML, "<Parameters><Days>seven</Days></Parameters>"),
    ],
)
def test_parameters_that_break_the_schema_are_refused_with_the_paths(
    api: Api, account: Party, content_type: str, text: str
) -> None:
    task = factories.task(schema=SCHEMA)

    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk, Parameters=text, ContentType=content_type))

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert "Parameters lacks Url" in answer.reason
    assert "Parameters has a wrong Days: it must be of type integer" in answer.reason
    assert "seven" not in answer.reason
    assert not AccountTask.objects.exists()
