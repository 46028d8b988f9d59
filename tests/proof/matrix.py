"""Whose rows an address is about, who asks for it, and what a form of a page would send: for the matrix of T13."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

from django.test import Client as Browser
from django.utils import timezone

from clients_app import accounts, clients
from clients_app.callers import Caller
from clients_app.models import AuditEntry
from clients_app.models.user import Role
from tasks_app import bulk, registration
from tasks_app.models import AccountTask, Attempt, Notification, Task
from tasks_app.models.bulk_change import Verb
from tasks_app.models.task_run import State
from tests import factories
from tests.api.calls import NOWHERE
from tests.api.test_authentication import basic
from tests.factories import PASSWORD, Party
from tests.test_every_url import ADDRESSES

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# The first that an address begins with says which row its ID is of.
KINDS = {
    "^api/v[12]/admin/tasks/account/<guid:id>/runs/<guid:run>/cancel": "busy",
    "^api/v[12]/admin/tasks/account/<guid:id>/restore": "deleted",
    "^api/v[12]/admin/tasks/account/": "account_task",
    "^api/v[12]/admin/tasks/<guid:id>": "task",
    "^api/v[12]/admin/clients/": "client",
    "settings/users/": "user",
    "tasks/bulk/": "bulk_change",
    "tasks/<uuid:id>/deleted": "deleted",
    "tasks/<uuid:id>/restore": "deleted",
    "tasks/": "account_task",
    "runs/<uuid:id>/cancel": "queued",
    "runs/": "run",
    "inbox/": "notification",
    "clients/": "client",
    "password/reset/": "user",
    "invitation/": "user",
    "admin/clients_app/client/": "client",
    "admin/clients_app/account/": "account",
    "admin/clients_app/user/": "user",
    "admin/tasks_app/accounttask/": "account_task",
    "admin/tasks_app/taskrun/": "run",
    "admin/tasks_app/notification/": "notification",
    "admin/": "task",
}
PARTS = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<\w+>[^)]*\)")


@dataclass
class Side:
    """An account full of rows that all say its canary. rows: their IDs by kind."""

    party: Party
    canary: str
    reader: Any
    rows: dict[str, str] = field(default_factory=dict)


def side(name: str, task: Task) -> Side:
    canary = f"canary{uuid4().hex}"
    account = accounts.create_account(name=f"{name} {canary}", time_zone="UTC", by=factories.TESTS).account
    administrator = factories.user(account=account, email=f"{name}@{canary}.example")
    client = factories.client(user=administrator, name=canary[:18])
    party = Party(account, administrator, client, factories.token(client=client))
    reader = factories.user(account=account, email=f"reader@{canary}.example", role=Role.READER)
    by, now = Caller(user=administrator), timezone.now()
    text = f'{{"Note": "{canary}"}}'
    row, busy, gone = (factories.account_task(client=client, task=task, parameters_text=text, by=by) for _ in range(3))
    AccountTask.objects.filter(pk=row.pk).update(last_failure=canary, search_text=canary)
    change = bulk.begin(
        account_tasks=AccountTask.objects.filter(pk=gone.pk), verb=Verb.DELETE, expected=9, by=by, now=now
    )
    registration.remove(gone, by=by, now=now)
    run = factories.run(row, state=State.FAILED, summary=canary, asked_by=administrator.email)
    queued = factories.run(busy, summary=canary)
    Attempt.objects.create(run=run, number=1, worker=canary, started_at=now, summary=canary, log=canary)
    told = Notification.objects.create(
        account=account, user=administrator, account_task=row, run=run, subject=canary, text=canary, created_at=now
    )
    AuditEntry.objects.create(at=now, account=account, by=canary, action=canary[:40], kind="task", row_id=row.pk)
    rows = {
        "account_task": row, "busy": busy, "deleted": gone, "run": run, "queued": queued, "notification": told,
        "client": factories.client(user=administrator, name=canary[:18]), "user": reader, "account": account,
        "bulk_change": change, "task": task,
    }  # fmt: skip
    return Side(party, canary, reader, {kind: str(each.pk) for kind, each in rows.items()})


NOBODYS = dict.fromkeys([*KINDS.values(), "queued"], NOWHERE)


def address(pattern: str, rows: dict[str, str]) -> str:
    """The address that this pattern has for those rows."""
    kind = next((kind for start, kind in KINDS.items() if pattern.startswith(start)), None)
    row = rows[kind] if kind else ""

    def filled(match: re.Match[str]) -> str:
        name = match[1]
        if name == "run":
            return rows["queued" if "/cancel" in pattern else "run"]
        if name in ("id", "object_id"):
            return row
        return ADDRESSES.get(match[0], "1")

    for part in ("^api(?:/|$)", "^api/v[12]/"):
        pattern = pattern.replace(part, ADDRESSES[part])
    return "/" + PARTS.sub(filled, pattern).replace("^", "").replace("$", "")


@dataclass(frozen=True)
class Somebody:
    """headers: what comes with each call. is_in: whether anything but what all may see is open to them."""

    browser: Browser
    headers: dict[str, str]
    is_in: bool

    def ask(self, method: str, address: str, body: dict[str, str] | str = "") -> Any:
        if isinstance(body, dict):
            return getattr(self.browser, method.lower())(address, body, headers=self.headers)
        content_type = "application/json" if body else ""
        return self.browser.generic(method, address, body, content_type=content_type, headers=self.headers)


def with_session(user: Any) -> Somebody:
    browser = Browser(raise_request_exception=False)
    browser.force_login(user)
    return Somebody(browser, {}, True)


def with_headers(is_in: bool, **headers: str) -> Somebody:
    return Somebody(Browser(raise_request_exception=False), headers, is_in)


def revoked(one: Side) -> Somebody:
    client = factories.client(user=one.party.administrator)
    token = factories.token(client=client)
    clients.revoke(client, by=factories.TESTS, now=timezone.now())
    return with_headers(False, Authorization=f"Bearer {token}")


def expired(one: Side) -> Somebody:
    token = factories.token(client=one.party.client, now=timezone.now() - timedelta(hours=9))
    return with_headers(False, Authorization=f"Bearer {token}")


def of_a_reader(one: Side) -> Somebody:
    token = factories.token(client=factories.client(user=one.reader))
    return with_headers(True, Authorization=f"Bearer {token}")


CALLERS: dict[str, Callable[[Side], Somebody]] = {
    "nobody": lambda one: with_headers(False),
    "reader at the pages": lambda one: with_session(one.reader),
    "administrator at the pages": lambda one: with_session(one.party.administrator),
    "administrator with a password": lambda one: with_headers(True, **basic(one.party.administrator.email, PASSWORD)),
    "client": lambda one: with_headers(True, **one.party.bearer),
    "client of a reader": of_a_reader,
    "revoked client": revoked,
    "expired token": expired,
}


class Fields(HTMLParser):
    """What the forms of a page would send as they stand."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        name = known.get("name", "")
        if tag == "input" and name and (known.get("type") not in ("radio", "checkbox") or "checked" in known):
            self.values.setdefault(name, known.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in known or self._select not in self.values):
            self.values[self._select] = known.get("value", "")
        elif tag == "textarea":
            self._area = name
            self.values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        if tag == "textarea":
            self.values[self._area] = self.values[self._area].removeprefix("\n")  # as a browser reads it
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data
