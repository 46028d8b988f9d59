"""What the log says, in which form, and what it keeps to itself."""

import json
import logging
from typing import Any

import pytest
from django.http import HttpResponse
from django.shortcuts import render
from django.test import Client as Browser
from structlog.contextvars import bound_contextvars, clear_contextvars

from clients_app import links, secrets, tracing
from config import logs
from tests.api.calls import ACCOUNT_TASKS
from tests.conftest import Logged, log_formatter
from tests.factories import PASSWORD, Party


@pytest.fixture(autouse=True)
def nothing_bound() -> None:
    """By the requests of other tests."""
    clear_contextvars()


def said(form: str, message: str, *values: object, error: BaseException | None = None, **extra: Any) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("some.logger", logging.WARNING, "file", 1, message, values, exc_info)
    vars(record).update(extra)
    return log_formatter(form).format(record)


def test_production_has_a_line_of_json_for_each_event() -> None:
    with bound_contextvars(request_id="r1", account="a1"):
        line = said("json", "%s is\nlate", "It")

    event = json.loads(line)
    assert "\n" not in line
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "It is\nlate",
        "level": "warning",
        "logger": "some.logger",
        "request_id": "r1",
        "account": "a1",
    }


def test_a_line_tells_the_span_that_it_is_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "ids", lambda: {"trace_id": "0af7", "span_id": "b7ad"})

    event = json.loads(said("json", "x"))

    assert (event["trace_id"], event["span_id"]) == ("0af7", "b7ad")


def test_development_has_lines_to_be_read() -> None:
    with bound_contextvars(run="r1"):
        line = said("text", "%s is late", "It")

    assert line.partition("Z ")[2] == "WARNING some.logger: It is late run=r1"


@pytest.mark.parametrize("form", logs.FORMATS)
@pytest.mark.parametrize("end", ["\r\n", "\x0b", "\x1c", "\x85", "\u2028", "\u2029"])
def test_an_event_feigns_no_other_line(form: str, end: str) -> None:
    assert len(said(form, f"x{end}2026-01-01 INFO all is well").splitlines()) == 1


@pytest.mark.parametrize("form", logs.FORMATS)
def test_an_event_gives_no_command_to_a_terminal(form: str) -> None:
    line = said(form, "\x1b[2J\x9b2J", error=ValueError("\x1b[2J"))

    assert not {"\x1b", "\x9b"} & set(line)


def test_the_text_of_an_error_feigns_no_other_line() -> None:
    first, *others = said("text", "It broke.", error=ValueError("x\n2026-01-01T00:00:00Z INFO all is well")).split("\n")

    assert first.endswith("It broke.")
    assert all(line.startswith("  ") for line in others)


def test_what_production_says_is_json_with_its_own_letters() -> None:
    assert json.loads(said("json", "Zürich\x85\u2028"))["event"] == "Zürich\x85\u2028"


def test_only_known_facts_are_told_beside_the_event() -> None:
    event = json.loads(said("json", "x", account_task="t1", body="<Secret/>", headers={"Cookie": "x"}))

    assert set(event) == {"event", "level", "logger", "timestamp", "account_task"}


@pytest.mark.parametrize("form", logs.FORMATS)
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("got {}", secrets.new_client_secret()),
        ("got '{}'.", secrets.new_access_token()),
        ("got {}", secrets.new_signing_secret()),
        ("Authorization: Bearer {}", "abc.def-ghi"),
        ("{{'Authorization': 'Basic {}'}}", "YW5uOng="),
        ("postgres://ann:{}@host/name", "hunter2"),
        ("https://example.com/?a=1&token={}&b=2", "hunter2"),
        ("password={}", "hunter2"),
    ],
    ids=["client secret", "token", "signing secret", "bearer", "basic", "database", "address", "password"],
)
def test_secrets_are_taken_out(form: str, text: str, secret: str) -> None:
    try:
        raise ValueError(text.format(secret))
    except ValueError as error:
        line = said(form, text.format(secret), error=error)

    assert secret not in line
    assert line.count(secrets.HIDDEN) == 2
    assert "ValueError" in line


@pytest.mark.parametrize("kind", links.LINKS)
def test_the_token_of_a_link_is_taken_out_of_its_path(account: Party, kind: str) -> None:
    path = links.LINKS[kind].address(account.administrator)

    line = said("json", "Not Found: %s", path)

    start, _, token = path.rpartition("/")
    assert f"{start}/{secrets.HIDDEN}" in line
    assert token not in line


def test_an_incident_tells_whose_request_it_was(
    account: Party, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("It broke.")

    monkeypatch.setattr("tasks_app.api.views.AccountTasksView.get", broken)
    browser = Browser(raise_request_exception=False)

    answers = [browser.get(ACCOUNT_TASKS, headers=account.bearer) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [500, 500]
    incidents = [event for event in logged() if event["event"].startswith("incident")]
    client = account.client
    for event in incidents:
        known = (event["account"], event["client"], event["user"])
        assert known == (str(client.account_id), str(client.pk), str(client.user_id))
        assert "RuntimeError: It broke." in event["exception"]
    assert len({event["request_id"] for event in incidents}) == 2


def test_a_request_of_nobody_tells_nobody(account: Party, logged: Logged) -> None:
    browser = Browser(raise_request_exception=False)
    browser.get(ACCOUNT_TASKS, headers=account.bearer)

    browser.get("/nothing-is-here")

    [event] = [
        event for event in logged() if event["logger"] == "django.request" and "nothing-is-here" in event["event"]
    ]
    assert len(event["request_id"]) == 32
    # Django adds the request itself
    assert set(event) == {"event", "level", "logger", "timestamp", "request_id", "address"}
    assert event["address"] == "127.0.0.1"


def test_what_a_page_logs_tells_of_its_user(account: Party, logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser()
    browser.post("/sign-in", {"username": "ann@acme.example", "password": PASSWORD})

    def rendered(*arguments: Any, **named: Any) -> HttpResponse:
        logging.getLogger("page").warning("Here.")
        return render(*arguments, **named)

    monkeypatch.setattr("tasks_app.pages.overview.render", rendered)

    browser.get("/")

    [event] = [event for event in logged() if event["event"] == "Here."]
    assert (event["account"], event["user"]) == (str(account.account.pk), str(account.client.user_id))


@pytest.mark.parametrize(
    "name", ["django.template", "oauthlib.oauth2.rfc6749", "urllib3.connectionpool", "procrastinate.worker"]
)
def test_libraries_that_log_secrets_are_quiet(name: str) -> None:
    assert not logging.getLogger(name).isEnabledFor(logging.INFO)
