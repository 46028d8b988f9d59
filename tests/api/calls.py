"""Calls of the API through Django's test client, and bodies for them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.test import Client

from tests.factories import Party

ACCOUNT_TASKS = "/api/v2/admin/tasks/account"
CLIENTS = "/api/v2/admin/clients"
TASKS = "/api/v2/admin/tasks"
NOWHERE = "7c0e2f64-93d1-4b58-a6f2-1d85c3b9e047"
JSON = "application/json"
XML = "application/xml"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    response: HttpResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        return self.response.content.decode()

    @property
    def body(self) -> Any:
        return json.loads(self.response.content)

    @property
    def code(self) -> str:
        return str(self.body["Error"]["ErrorCode"])

    @property
    def reason(self) -> str:
        return str(self.body["Error"]["ErrorReason"])

    @property
    def detail(self) -> Any:
        return self.body["ResponseData"]["Detail"]


@dataclass(frozen=True)
class Api:
    headers: dict[str, str] = field(default_factory=dict)

    def of(self, party: Party) -> "Api":
        return Api(party.bearer)

    def call(
        self, method: str, path: str, body: str | bytes = b"", *, content_type: str = "", **headers: str
    ) -> Answer:
        body = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        browser: Any = Client(raise_request_exception=False)  # whose answers are responses with more on them
        return Answer(browser.generic(method, path, body, content_type=content_type, headers=self.headers | named))

    def post(self, path: str, body: Any, *, content_type: str = JSON, **headers: str) -> Answer:
        """A dict as body goes as JSON."""
        body = json.dumps(body) if isinstance(body, dict) else body
        return self.call("POST", path, body, content_type=content_type, **headers)

    def put(self, path: str, body: Any, *, content_type: str = JSON, **headers: str) -> Answer:
        body = json.dumps(body) if isinstance(body, dict) else body
        return self.call("PUT", path, body, content_type=content_type, **headers)

    def patch(self, path: str, body: Any, *, content_type: str = JSON, **headers: str) -> Answer:
        body = json.dumps(body) if isinstance(body, dict) else body
        return self.call("PATCH", path, body, content_type=content_type, **headers)

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.call("DELETE", path, **headers)


def asked(task_id: UUID | str, **members: Any) -> dict[str, Any]:
    """A whole AccountTaskRequest; members replace its own, and None takes one away."""
    whole = {
        "TaskID": str(task_id),
        "Frequency": "DAILY",
        "Parameters": "{}",
        "ContentType": "application/json",
    } | members
    return {name: value for name, value in whole.items() if value is not None}


def as_xml(members: dict[str, Any], root: str = "AccountTaskRequest") -> str:
    def escaped(value: Any) -> str:
        text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return text.replace("\r", "&#13;")

    return f"<{root}>{''.join(f'<{name}>{escaped(value)}</{name}>' for name, value in members.items())}</{root}>"


def as_form(members: dict[str, Any]) -> str:
    return urlencode(members)


def in_format(members: dict[str, Any], content_type: str) -> str:
    writers: dict[str, Callable[[dict[str, Any]], str]] = {JSON: json.dumps, XML: as_xml, FORM: as_form}
    return writers[content_type](members)
