"""What the service alone may set is sent along with every create and edit, by all doors, and changes nothing."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db.models import BooleanField, DateTimeField, ForeignKey, IntegerField, Model, UUIDField
from django.test import Client as Browser

from clients_app.models import Account, Client, User
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, CLIENTS, FORM, JSON, NOWHERE, XML, Api, as_form, as_xml, asked
from tests.factories import Party
from tests.pages.browsing import signed_in
from tests.proof import figures
from tests.proof.matrix import Fields

FORMATS = (JSON, XML, FORM)
OF_ANSWERS = (
    "ID", "AccountID", "ClientID", "Name", "DateCreated", "DateModified", "LastRunOn", "LastRunBy", "LastModifiedBy",
    "Status", "NextRunOn", "Version",
)  # fmt: skip
THEIR_OWN = {"frequency", "parameters", "notification", "name", "user", "user_id", "email", "role", "time_zone", "task"}
Extra = dict[str, str]


def planted(model: type[Model], neighbour: Party) -> Iterator[tuple[str, str]]:
    """Each column by its name in the code, and the members of answers; with a value that would be seen."""
    foreign = {Account: neighbour.account, Client: neighbour.client, User: neighbour.administrator}
    for field in model._meta.concrete_fields:
        value = "planted"
        if isinstance(field, ForeignKey):
            value = str(foreign[field.related_model].pk) if field.related_model in foreign else NOWHERE
        elif isinstance(field, UUIDField):
            value = NOWHERE
        elif isinstance(field, BooleanField):
            value = "true"
        elif isinstance(field, DateTimeField):
            value = "2001-02-03T04:05:06Z"
        elif isinstance(field, IntegerField):
            value = "7"
        yield from ((name, value) for name in {field.name, field.attname} - THEIR_OWN)
    for name in OF_ANSWERS:
        yield name, str(neighbour.client.pk) if name.endswith("ID") else "RUNNING"


def kept(row: Model) -> dict[str, Any]:
    """Its columns, but for what differs each time: the key, moments of now, and digests."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    assert str(values.pop("id")) != NOWHERE
    hashed = {"secret_hash", "signing_secret", "password"}
    fresh = (datetime,)
    return {
        name: ("a moment" if isinstance(value, fresh) and value.year > 2001 else value)
        for name, value in values.items()
        if name not in hashed
    }


def check(model: type[Model], neighbour: Party, make: Callable[[Extra], UUID | None], what: str) -> None:
    """make: sends those members too, and answers the key of the row that it made or changed."""
    expected = kept(model._default_manager.get(pk=make({})))
    sent = dict(planted(model, neighbour))

    found = kept(model._default_manager.get(pk=make(sent)))

    changed = {name: (expected[name], found[name]) for name in expected if found[name] != expected[name]}
    told = f"{len(sent)} members sent, {len(changed)} columns changed"
    figures.tell("T13", f"mass assignment, {what}", found=told, wanted="0", met=not changed)
    assert changed == {}


def written(members: dict[str, Any], content_type: str, root: str) -> Any:
    if content_type == XML:
        return as_xml(members, root)
    return members if content_type == JSON else as_form(members)


@pytest.mark.parametrize("content_type", FORMATS)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_account_task(account: Party, neighbour: Party, task: Task, method: str, content_type: str) -> None:
    row = factories.account_task(client=account.client, task=task)

    def make(extra: Extra) -> UUID:
        root = "AccountTaskRequest" if method == "POST" else "AccountTaskUpdateRequest"
        body, api = written(asked(task.pk) | extra, content_type, root), Api(account.bearer)
        path = ACCOUNT_TASKS if method == "POST" else f"{ACCOUNT_TASKS}/{row.pk}"
        answer = (api.post if method == "POST" else api.put)(path, body, content_type=content_type, Accept=JSON)
        assert answer.status in (200, 201), (extra, answer.text)
        return UUID(answer.detail["ID"])

    check(AccountTask, neighbour, make, f"{method} of an account task as {content_type}")


@pytest.mark.parametrize("content_type", FORMATS)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_client(account: Party, neighbour: Party, method: str, content_type: str) -> None:
    row = factories.client(user=account.administrator)

    def make(extra: Extra) -> UUID:
        members = {"Name": "A name", "Secret": "12345678", "UserID": str(account.administrator.pk)} | extra
        members["Name"] = "A name"
        body, api = written(members, content_type, "ClientRequest"), Api(account.bearer)
        path = CLIENTS if method == "POST" else f"{CLIENTS}/{row.pk}"
        answer = (api.post if method == "POST" else api.put)(path, body, content_type=content_type, Accept=JSON)
        assert answer.status in (200, 201), (extra, answer.text)
        return UUID(answer.detail["ID"])

    check(Client, neighbour, make, f"{method} of a client as {content_type}")


def sent_form(browser: Browser, path: str, extra: Extra, **filled: str) -> None:
    values = Fields(browser.get(path).content.decode()).values
    values.pop("csrfmiddlewaretoken", None)
    answer = browser.post(path, extra | values | filled)
    assert answer.status_code in (200, 302), (path, extra, answer.status_code)


def newest(model: type[Model]) -> UUID:
    row = model._default_manager.order_by("-created_at", "-pk").first()
    assert row is not None
    key: UUID = row.pk
    return key


def test_forms_of_the_pages(account: Party, neighbour: Party, task: Task) -> None:
    browser = signed_in(account.administrator)
    row = factories.account_task(client=account.client, task=task)
    before = {model: model._default_manager.count() for model in (AccountTask, Client)}

    def edit(extra: Extra) -> UUID:
        sent_form(browser, f"/tasks/{row.pk}/edit", extra)
        return row.pk

    def register(extra: Extra) -> UUID:
        sent_form(browser, f"/tasks/new?task={task.pk}", extra, frequency="2")
        return newest(AccountTask)

    def client(extra: Extra) -> UUID:
        sent_form(browser, "/clients/new", extra, name="A name")
        return newest(Client)

    def settings(extra: Extra) -> UUID:
        sent_form(browser, "/settings", extra, name="Acme")
        return account.account.pk

    check(AccountTask, neighbour, edit, "the page that changes an account task")
    check(AccountTask, neighbour, register, "the page that registers an account task")
    check(Client, neighbour, client, "the page that registers a client")
    check(Account, neighbour, settings, "the page of settings")
    assert all(model._default_manager.count() > before[model] for model in before)


def test_a_user_who_is_invited(account: Party, neighbour: Party) -> None:
    browser = signed_in(account.administrator)
    number = iter(range(1000))

    def invite(extra: Extra) -> UUID:
        User.objects.filter(email="new@acme.example").update(email=f"old{next(number)}@acme.example")
        browser.post("/settings/users/invite", extra | {"email": "new@acme.example", "role": "READER"})
        return User.objects.get(email="new@acme.example").pk

    check(User, neighbour, invite, "the page that invites a user")
