"""When the service itself breaks: 500 in the envelope, an incident that is in the log, and no half of a change."""

import logging

import pytest
from django.db import OperationalError

from clients_app import audit
from clients_app.models import AuditEntry, Client
from clients_app.prepared import Prepared
from tasks_app import parameters
from tasks_app.models import AccountTask, Task
from tests.api.calls import ACCOUNT_TASKS, CLIENTS, XML, Answer, Api, asked
from tests.factories import Party


def goes_away(*args: object, **kwargs: object) -> None:
    raise OperationalError("the database is gone: host=10.0.0.1 password=hunter2")


def assert_incident(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert answer.reason.startswith("An error has occurred. Incident ")
    incident = answer.reason.rstrip(".").rpartition(" ")[2]
    record = next(record for record in caplog.records if incident in record.getMessage())
    assert (record.levelno, record.exc_info is not None) == (logging.ERROR, True)
    assert "hunter2" not in answer.text


def test_a_database_that_goes_away_in_the_middle_leaves_no_row(
    api: Api, account: Party, task: Task, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entries = AuditEntry.objects.count()
    monkeypatch.setattr(audit, "entry", goes_away)

    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk))

    assert_incident(answer, caplog)
    assert not AccountTask.objects.exists()
    assert AuditEntry.objects.count() == entries


def test_a_client_without_its_audit_entry_is_not_registered(
    api: Api, account: Party, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(audit, "record", goes_away)

    body = {"Name": "n", "Secret": "12345678", "UserID": str(account.administrator.pk)}
    answer = api.of(account).post(CLIENTS, body)

    assert_incident(answer, caplog)
    assert Client.objects.count() == 1


def test_a_database_that_is_gone_when_the_token_is_looked_up(
    api: Api, account: Party, task: Task, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Prepared, "first", goes_away)

    for body in (b"{", asked(task.pk)):
        assert_incident(api.of(account).post(ACCOUNT_TASKS, body), caplog)


def test_the_incident_is_told_in_xml_too(api: Api, account: Party, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "read", goes_away)

    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Accept=XML)

    assert answer.status == 500
    assert "<ErrorCode>INTERNAL_ERROR</ErrorCode>" in answer.text


@pytest.mark.parametrize(("path", "kind"), [("/api/v2/x", "application/json"), ("/x", "text/html")])
def test_what_breaks_outside_of_a_view_is_answered_in_kind(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str, kind: str
) -> None:
    monkeypatch.setattr("django.urls.resolvers.URLResolver.resolve", goes_away)

    answer = api.get(path)

    assert answer.status == 500
    assert answer.response["Content-Type"] == f"{kind}; charset=utf-8"
    assert "hunter2" not in answer.text
    if kind == "application/json":
        assert_incident(answer, caplog)
