"""The express lane answers and writes what the usual road does, and leaves to it whatever it is not for."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from clients_app import accounts, clients
from clients_app.models import Account, User
from clients_app.models.user import Role
from config import metrics
from tasks_app.api import express
from tasks_app.models import Task
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, FORM, JSON, XML
from tests.api.roads import SCHEMA, Call, both, done, is_taken, posted, sent, served
from tests.conftest import Logged
from tests.factories import PASSWORD, TESTS, Party


@pytest.fixture
def task(db: None) -> Task:
    return factories.task(schema=SCHEMA)


@pytest.mark.parametrize("accept", ["", "*/*", JSON, XML, "text/xml", "text/html", "application/xml;q=0.1, */*"])
@pytest.mark.parametrize("charset", ["", "; charset=utf-8"])
@pytest.mark.parametrize("form", [JSON, XML])
def test_it_is_the_usual_road_in_less_time(
    account: Party,
    task: Task,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    charset: str,
    accept: str,
) -> None:
    call = sent(task, form, account, Accept=accept, Content_Type=f"{form}{charset}", Accept_Charset="")

    by_lane, usual = both(settings, call)

    assert by_lane == usual
    assert (by_lane[0], len(by_lane[3]), len(by_lane[4]), len(by_lane[6])) == (201, 1, 1, 1)
    assert is_taken(monkeypatch, call)


@pytest.mark.parametrize("path", ["/api/v1/admin/tasks/account", "/API/V2/Admin/Tasks/Account/", ACCOUNT_TASKS])
def test_all_spellings_of_the_address_lead_to_it(
    account: Party, task: Task, settings: Settings, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    call = sent(task, JSON, account)

    by_lane, usual = both(settings, call, path)

    assert by_lane == usual
    assert is_taken(monkeypatch, call, path)


def statements(call: Call) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert posted(ACCOUNT_TASKS, call["data"], JSON, call["headers"]).status_code == 201
    return len([query for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def test_it_takes_few_statements(account: Party, task: Task) -> None:
    call = sent(task, JSON, account)
    for _ in range(2):  # the first notes that the client is in use
        statements(call)

    assert statements(call) == (2 if connection.vendor == "postgresql" else 4)  # SQLite has none that does two things


OTHERWISE: dict[str, Callable[[Task, Party], Call]] = {
    "a key": lambda task, account: sent(task, JSON, account, Idempotency_Key="k"),
    "a form": lambda task, account: sent(task, FORM, account),
    "utf-16": lambda task, account: (
        sent(task, JSON, account, Content_Type="application/json; charset=utf-16") | {"data": "{}".encode("utf-16-le")}
    ),
    "members in other case": lambda task, account: sent(task, JSON, account, {"notification": "ALL"}),
    "a member more": lambda task, account: sent(task, JSON, account, {"Colour": "red"}),
    "a number": lambda task, account: sent(task, JSON, account, {"Frequency": 2}),
    "wrong members": lambda task, account: sent(task, JSON, account, {"Frequency": "x", "StartDate": "x"}),
    "wrong parameters": lambda task, account: sent(task, XML, account, {"Parameters": '{"Url": "ftp://x"}'}),
    "no parameters": lambda task, account: sent(task, XML, account, {"Parameters": ""}),
    "another task": lambda task, account: sent(task, JSON, account, {"TaskID": str(account.client.pk)}),
    "no token": lambda task, account: sent(task, JSON, account, Authorization=""),
    "a wrong token": lambda task, account: sent(task, JSON, account, Authorization="Bearer act_x"),
    "lower case": lambda task, account: sent(task, JSON, account, Authorization=f"bearer {account.token}"),
    "a password": lambda task, account: sent(
        task,
        JSON,
        account,
        Authorization=f"Basic {base64.b64encode(f'{account.administrator.email}:{PASSWORD}'.encode()).decode()}",
    ),
    "a foreign host": lambda task, account: sent(task, JSON, account, Host="evil.example"),
    "no JSON": lambda task, account: sent(task, JSON, account) | {"data": "{"},
    "a list": lambda task, account: sent(task, JSON, account) | {"data": "[]"},
    "no members": lambda task, account: sent(task, JSON, account) | {"data": "{}"},
    "an empty root": lambda task, account: sent(task, XML, account) | {"data": "<AccountTaskRequest/>"},
    "nothing": lambda task, account: sent(task, JSON, account) | {"data": ""},
    "not utf-8": lambda task, account: sent(task, JSON, account) | {"data": b"\xff"},
    "a large body": lambda task, account: sent(
        task, JSON, account, {"Parameters": f'{{"Url": "https://{"x" * 70_000}"}}'}
    ),
    "no XML": lambda task, account: sent(task, XML, account) | {"data": "<AccountTaskRequest>"},
    "another root": lambda task, account: sent(task, XML, account) | {"data": "<Request><TaskID/></Request>"},
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_it_is_not_for_goes_the_usual_road(account: Party, task: Task, settings: Settings, name: str) -> None:
    by_lane, usual = both(settings, OTHERWISE[name](task, account))

    assert by_lane == usual


XMLS = {
    "a declaration": ('<?xml version="1.0" encoding="utf-8"?>\n{}', True),
    "an old declaration": ('<?xml version="1.1"?>{}', False),
    "a comment": ("{}<!-- x -->", False),
    "an instruction": ("{}<?x y?>", False),
    "a DOCTYPE": ("<!DOCTYPE x>{}", False),
    "an attribute": ("{}", False),
    "a member twice": ("{}", False),
    "a prefix": ("{}", True),
}


@pytest.mark.parametrize("name", XMLS)
def test_xml_of_other_kinds(
    account: Party, task: Task, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    call, (around, is_for_it) = sent(task, XML, account), XMLS[name]
    text: str = call["data"]
    text = {
        "an attribute": text.replace("<TaskID>", '<TaskID a="b">'),
        "a member twice": text.replace("<Frequency>", "<Frequency>HOURLY</Frequency><Frequency>"),
        "a prefix": text.replace("<AccountTaskRequest", '<AccountTaskRequest xmlns:i="urn:i"'),
    }.get(name, text)
    call["data"] = around.format(text)

    by_lane, usual = both(settings, call)

    assert by_lane == usual
    assert is_taken(monkeypatch, call) == is_for_it


@pytest.mark.parametrize("reason", ["reader", "user off", "account off", "revoked", "task off", "too many"])
def test_who_may_not_is_told_so_by_the_usual_road(account: Party, task: Task, settings: Settings, reason: str) -> None:
    changes: dict[str, Callable[[], object]] = {
        "reader": lambda: User.objects.update(role=Role.READER),
        "user off": lambda: User.objects.update(is_active=False),
        "account off": lambda: accounts.set_enabled(account.account, False, by=TESTS),
        "revoked": lambda: clients.revoke(account.client, by=TESTS, now=timezone.now()),
        "task off": lambda: Task.objects.update(is_enabled=False),
        "too many": lambda: setattr(settings, "CALLS_PER_MINUTE_OF_CLIENT", 0),
    }
    call = sent(task, JSON, account)
    changes[reason]()

    by_lane, usual = both(settings, call)

    assert by_lane == usual
    assert (by_lane[0] >= 400, by_lane[3]) == (True, [])


CHANGED: dict[str, Callable[[], object]] = {
    "name": lambda: Task.objects.update(name="Another"),
    "schema": lambda: Task.objects.update(parameter_schema={"required": ["Method"]}),
    "e-mail": lambda: User.objects.update(email="another@example.com"),
    "time zone": lambda: Account.objects.update(time_zone="Europe/Volgograd"),  # whose clocks went back in 2020
}


@pytest.mark.parametrize("change", CHANGED)
def test_what_has_changed_since_is_found(account: Party, task: Task, settings: Settings, change: str) -> None:
    call = sent(task, JSON, account, {"StartDate": "2020-01-31T23:30:00+01:00"})
    before = done(call)
    CHANGED[change]()

    by_lane, usual = both(settings, call)

    assert by_lane == usual
    assert (before[0], by_lane[0]) == (201, 400 if change == "schema" else 201)
    assert before != by_lane


def test_over_http_alone_it_is_refused_if_https_is_asked_for(account: Party, task: Task, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    by_lane, usual = both(settings, sent(task, JSON, account))

    assert by_lane == usual
    assert by_lane[0] == 403


def test_over_https_it_says_so_too(account: Party, task: Task, settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600

    by_lane, usual = both(settings, sent(task, JSON, account, X_Forwarded_Proto="https"))

    assert by_lane == usual
    assert (by_lane[0], by_lane[1]["Strict-Transport-Security"]) == (201, b"max-age=3600")


def test_what_goes_wrong_in_it_is_answered_as_anywhere(
    account: Party, task: Task, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    tried = []

    def broken(*arguments: Any, **named: Any) -> None:
        tried.append(arguments)
        raise OSError("the disk is full")

    monkeypatch.setattr(express, "register", broken)
    call = sent(task, JSON, account)

    by_lane, by_server = done(call), done(call, server=served)

    assert by_server == by_lane
    assert (by_lane[0], len(tried)) == (500, 2)
    said = [(line["logger"], "the disk is full" in line["exception"]) for line in logged()]
    assert said == [("config.api.exceptions", True), ("django.request", True)] * 2


def test_it_is_among_the_requests_that_are_counted(
    account: Party, task: Task, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_FOLDER = "a folder"
    counted: list[tuple[str, int]] = []
    monkeypatch.setattr(metrics, "observe", lambda request, status, seconds: counted.append((request.path, status)))

    done(sent(task, JSON, account), server=served)

    assert counted == [(ACCOUNT_TASKS, 201)]
