"""The express lane beside the usual road: what comes of a call on each of them."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from unittest import mock

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client as Http
from django.test import RequestFactory
from pytest_django import Settings

from clients_app.models import AuditEntry, Client, Counter, StoredAnswer
from config.api import parsers
from config.express import Handler, Lane
from tasks_app.models import AccountTask, Task
from tests.api.calls import ACCOUNT_TASKS, asked, in_format
from tests.factories import Party

LANE = "config.express.lane"
SCHEMA = {"type": "object", "required": ["Url"], "properties": {"Url": {"type": "string", "pattern": "^https://"}}}
PARAMETERS = '{"Url": "https://example.com/\u00fc<&>\u2028", "n": 1.50}'
CHANGING = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+\+00:00|Incident [0-9a-f]+")
COUNTED = ("Content-Length", "RateLimit-Reset")
UNIQUE = ("id", "row_id", "at", "created_at", "modified_at", "fingerprint")
Call = dict[str, Any]
Server = Callable[[str, "str | bytes", str, dict[str, str]], Any]


def sent(task: Task, form: str, account: Party, members: dict[str, Any] | None = None, **headers: str) -> Call:
    body = asked(task.pk, Parameters=PARAMETERS, StartDate="2030-01-31T09:00:00+01:00", Notification="ALL")
    data = in_format(body | (members or {}), form)
    usual = {"Content-Type": form, **account.bearer} | {name.replace("_", "-"): text for name, text in headers.items()}
    return {"data": data, "headers": {name: text for name, text in usual.items() if text}}


def done(call: Call, path: str = ACCOUNT_TASKS, *, server: Server | None = None) -> tuple[Any, ...]:
    """What came of a call, without what is another each time; of it the audit entry alone stays."""
    headers = dict(call["headers"])
    Counter.objects.all().delete()
    before = list(AuditEntry.objects.values_list("pk", flat=True))
    StoredAnswer.objects.all().delete()
    Client.objects.update(last_used_at=None)
    content_type = headers.pop("Content-Type", "")
    response = (server or posted)(path, call["data"], content_type, headers)
    assert response.get("Content-Length") in (None, str(len(response.content)))
    headers = {name: text for name, text in response.headers.items() if name not in COUNTED}
    names = {name: CHANGING.sub(b"*", text.encode()) for name, text in headers.items()}
    rows = [without(row) for row in AccountTask.objects.values()]
    entries = [without(entry) for entry in AuditEntry.objects.exclude(pk__in=before).values()]
    for entry in entries:  # a fingerprint is of one account task
        entry["after"] = without(entry["after"])
    answers = StoredAnswer.objects.count()
    counts = sorted(Counter.objects.values_list("key", "count"))
    used = list(Client.objects.filter(last_used_at__isnull=False).values_list("pk"))
    AccountTask.objects.all().delete()
    return response.status_code, names, CHANGING.sub(b"*", response.content), rows, entries, counts, used, answers


def posted(path: str, data: str | bytes, content_type: str, headers: dict[str, str]) -> Any:
    body = data.encode() if isinstance(data, str) else data
    return Http(raise_request_exception=False).generic("POST", path, body, content_type, headers=headers)


def served(path: str, data: str | bytes, content_type: str, headers: dict[str, str]) -> HttpResponse:
    """The same as the web server has it."""
    body = data.encode() if isinstance(data, str) else data
    environ = RequestFactory().generic("POST", path, body, content_type, headers=headers).environ
    begun: dict[str, Any] = {}

    def start_response(status: str, headers: Any, *more: Any) -> Any:
        begun.update(status=int(status.split()[0]), headers=dict(headers))

    # A request begins and ends with a look at the connection, which would drop it in the transaction of the test.
    with mock.patch.object(connections["default"], "close_if_unusable_or_obsolete"):
        answer: Any = Lane(nullcontext)(environ, start_response) or Handler()(environ, start_response)
        response = HttpResponse(b"".join(answer), **begun)
        if isinstance(answer, HttpResponseBase):
            answer.close()
    return response


def without(row: Any) -> dict[str, Any]:
    return {name: value is None if name in UNIQUE else value for name, value in row.items()}


def both(settings: Settings, call: Call, path: str = ACCOUNT_TASKS) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    by_lane = done(call, path)
    middleware = settings.MIDDLEWARE
    settings.MIDDLEWARE = [name for name in middleware if name != LANE]
    usual = done(call, path)
    settings.MIDDLEWARE = middleware
    assert len(middleware) == len([name for name in middleware if name != LANE]) + 1
    assert done(call, path, server=served) == by_lane, "the web server has the same"
    return by_lane, usual


def is_taken(monkeypatch: pytest.MonkeyPatch, call: Call, path: str = ACCOUNT_TASKS) -> bool:
    """Whether the lane has done it, in the web server before Django: the usual road reads bodies by other parsers."""
    with monkeypatch.context() as patch:
        patch.setattr(parsers, "read_whole", lambda *arguments: 1 / 0)
        by_lane: bool = done(call, path)[0] == 201
        patch.setattr(WSGIHandler, "__call__", lambda *arguments: 1 / 0)
        try:
            by_server: bool = done(call, path, server=served)[0] == 201
        except ZeroDivisionError:
            by_server = False
    assert by_lane == by_server
    return by_lane
