"""The admin site as a whole: every page opens for operators, history can not be changed, no secret is shown."""

from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients_app.models import AccessToken, Account, AuditEntry, Client, Counter, User
from clients_app.models.keys import new_key
from tasks_app.models import AccountTask, Heartbeat, Notification, Task, TaskRun
from tests import factories
from tests.admin.forms import act, url
from tests.factories import NOW, PASSWORD, Party

OURS = (
    AccessAttempt,
    AccessToken,
    Account,
    AuditEntry,
    Client,
    Counter,
    User,
    AccountTask,
    Heartbeat,
    Notification,
    Task,
    TaskRun,
)


READ_ONLY = (AccessAttempt, AccessToken, AuditEntry, Counter, Heartbeat, Notification, TaskRun)


def test_an_operator_signs_in_with_e_mail_and_password(operator: User) -> None:
    browser = Browser()

    credentials = {"username": "Operator@example.org", "password": PASSWORD}
    response = browser.post(reverse("admin:login") + "?next=/admin/", credentials, follow=True)

    assert "Site administration" in response.content.decode()


def test_an_administrator_of_an_account_does_not_get_in(account: Party) -> None:
    browser = Browser()
    browser.force_login(account.administrator)

    assert browser.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("model", OURS)
def test_every_list_and_every_row_opens(browser: Browser, rows: dict[type, Any], model: type) -> None:
    listed = browser.get(url(model, "changelist"), {"q": "a"})
    shown = browser.get(url(model, "change", rows[model].pk))

    assert (listed.status_code, shown.status_code) == (200, 200)


def test_all_models_are_there() -> None:
    assert set(OURS) <= set(admin.site._registry)


@pytest.mark.parametrize("model", READ_ONLY)
def test_history_is_read_only(browser: Browser, rows: dict[type, Any], model: type) -> None:
    key = rows[model].pk

    assert browser.get(url(model, "add")).status_code == 403
    assert browser.post(url(model, "add"), {"_save": "Save"}).status_code == 403
    assert browser.post(url(model, "change", key), {"_save": "Save"}).status_code == 403
    assert browser.get(url(model, "delete", key)).status_code == 403
    act(browser, model, "delete_selected", rows[model])
    assert model._default_manager.filter(pk=key).exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", OURS)
def test_nothing_is_deleted(browser: Browser, rows: dict[type, Any], model: type) -> None:
    assert browser.post(url(model, "delete", rows[model].pk), {"post": "yes"}).status_code == 403


MORE_ROWS: dict[type, Callable[[Party, Any], object]] = {
    AccessAttempt: lambda account, row: AccessAttempt.objects.create(username=new_key().hex, failures_since_start=1),
    AccessToken: lambda account, row: factories.token(client=factories.client(user=account.administrator)),
    Account: lambda account, row: factories.party(name=f"Of{row.pk.hex}"),
    AuditEntry: lambda account, row: factories.party(name=f"Of{row.pk.hex}"),
    Client: lambda account, row: factories.client(user=factories.user(account=account.account)),
    Counter: lambda account, row: Counter.objects.create(key=new_key().hex, window_ends_at=NOW, count=1),
    User: lambda account, row: factories.user(account=factories.party(name=new_key().hex).account),
    AccountTask: lambda account, row: factories.account_task(client=account.client, task=factories.task()),
    Heartbeat: lambda account, row: Heartbeat.objects.create(name=new_key().hex, at=NOW),
    Notification: lambda account, row: Notification.objects.create(
        account=account.account, user=factories.user(account=account.account), account_task=row, created_at=NOW
    ),
    Task: lambda account, row: factories.task(),
    TaskRun: lambda account, row: factories.run(
        factories.account_task(client=factories.party(name=new_key().hex).client, task=factories.task())
    ),
}


@pytest.mark.parametrize("model", OURS)
def test_a_list_costs_the_same_however_many_rows_it_has(
    browser: Browser, rows: dict[type, Any], account: Party, model: type
) -> None:
    browser.get(url(model, "changelist"))
    with CaptureQueriesContext(connection) as few:
        browser.get(url(model, "changelist"))
    row = rows[AccountTask] if model is Notification else account.account
    for _ in range(4):
        MORE_ROWS[model](account, row)
        row = row if model is Notification else Account.objects.order_by("pk").last()

    with CaptureQueriesContext(connection) as many:
        browser.get(url(model, "changelist"))

    assert len(few) == len(many)


def test_no_page_shows_a_secret(browser: Browser, rows: dict[type, Any], account: Party) -> None:
    hidden = [account.account.signing_secret, account.client.secret_hash, account.token]
    hidden.append(AccessToken.objects.get().digest)

    pages = [browser.get(url(model, "change", row.pk)).content.decode() for model, row in rows.items()]

    assert [secret for secret in hidden if any(secret in page for page in pages)] == []
