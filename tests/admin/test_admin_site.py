"""The admin site as a whole: every page opens for operators, history can not be changed, no secret is shown."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client as Browser
from django.urls import reverse

from clients_app.models import AccessToken, Account, AuditEntry, Client, Counter, User
from tasks_app.models import AccountTask, Heartbeat, Notification, Task, TaskRun
from tests.admin.forms import url
from tests.factories import PASSWORD, Party

OURS = (AccessToken, Account, AuditEntry, Client, Counter, User, AccountTask, Heartbeat, Notification, Task, TaskRun)


READ_ONLY = (AccessToken, AuditEntry, Counter, Heartbeat, Notification, TaskRun)


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
    assert browser.post(url(model, "change", key), {"_save": "Save"}).status_code == 403


@pytest.mark.parametrize("model", OURS)
def test_nothing_is_deleted(browser: Browser, rows: dict[type, Any], model: type) -> None:
    assert browser.post(url(model, "delete", rows[model].pk), {"post": "yes"}).status_code == 403


def test_no_page_shows_a_secret(browser: Browser, rows: dict[type, Any], account: Party) -> None:
    hidden = [account.account.signing_secret, account.client.secret_hash, account.token]
    hidden.append(AccessToken.objects.get().digest)

    pages = [browser.get(url(model, "change", row.pk)).content.decode() for model, row in rows.items()]

    assert [secret for secret in hidden if any(secret in page for page in pages)] == []
