"""What no browser sends by itself is answered at the admin site too: with a sentence or another page, never a 500."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client as Browser

from clients_app.models import AccessToken, Account, AuditEntry, Client, User
from tasks_app.models import AccountTask, Heartbeat, Notification, Task, TaskRun
from tests.admin.forms import act, url
from tests.admin.test_admin_site import OURS
from tests.factories import NOW, Party
from tests.pages.browsing import text_of

NO_KEYS = ["x", "9" * 40, "\x00"]
WITH_ACTIONS = [model for model in OURS if admin.site._registry[model].actions]
LISTS: list[tuple[type, dict[str, str]]] = [
    (TaskRun, {"created_at__year": "9999"}),
    (TaskRun, {"created_at__year": "9999", "created_at__month": "12"}),
    (Notification, {"created_at__year": "9999", "created_at__month": "12", "created_at__day": "31"}),
    (AuditEntry, {"at__year": "9" * 20}),
    (AccountTask, {"frequency__in": "9" * 40}),
    (AccountTask, {"status__exact": "\x00"}),
    (AuditEntry, {"action": "\x00"}),
    (Task, {"handler": "\x00"}),
    (Task, {"q": "\x00"}),
    (Client, {"p": "9" * 40}),
]


@pytest.mark.parametrize(("model", "asked"), LISTS)
def test_a_list_that_can_not_be(browser: Browser, model: type, asked: dict[str, str]) -> None:
    response = browser.get(url(model, "changelist"), asked, follow=True)

    assert response.status_code == 200


@pytest.mark.parametrize("model", WITH_ACTIONS)
@pytest.mark.parametrize("key", NO_KEYS)
def test_what_is_no_row_can_not_be_acted_on(browser: Browser, rows: dict[type, Any], model: type, key: str) -> None:
    entries = AuditEntry.objects.count()
    for action in admin.site._registry[model].actions or ():
        fields = {"action": action, "_selected_action": [str(rows[model].pk), key], "confirmed": "yes"}

        response = browser.post(url(model, "changelist"), fields, follow=True)

        assert "is no row of this list" in text_of(response)
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize("key", NO_KEYS)
def test_what_is_no_key_can_not_be_chosen_in_a_form(browser: Browser, account: Party, task: Task, key: str) -> None:
    fields = {"client": key, "task": key, "frequency": "2", "parameters": "{ }", "content_type": "application/json"}

    registered: Any = browser.post(url(AccountTask, "add"), fields | {"notification": "0"})
    user: Any = browser.post(url(User, "add"), {"email": "bob@example.org", "account": key})

    assert set(registered.context["adminform"].form.errors) == {"client", "task"}
    assert "{ }" in text_of(registered)
    assert "account" in user.context["adminform"].form.errors


def test_what_was_chosen_stays_while_something_else_is_wrong(browser: Browser, account: Party, task: Task) -> None:
    fields = {"client": str(account.client.pk), "task": str(task.pk), "parameters": "{"}

    page = text_of(browser.post(url(AccountTask, "add"), fields))

    assert f'<option value="{account.client.pk}" selected' in page
    assert f'<option value="{task.pk}" selected' in page


@pytest.mark.parametrize("key", ["x", "%00", "a%00b", "_00", "9" * 40])
@pytest.mark.parametrize("model", OURS)
def test_a_row_that_is_not_there(browser: Browser, model: type, key: str) -> None:
    for page in ("change", "history"):
        response = browser.get(f"{url(model, 'changelist')}{key}/{page}/", follow=True)
        assert response.status_code in {200, 404}
    assert browser.post(f"{url(model, 'changelist')}{key}/delete/", {"post": "yes"}).status_code in {403, 404}


@pytest.mark.parametrize("key", ["x", "%00", "01a21160-2ada-7033-b2a2-2bd5abc5f213"])
def test_the_password_of_nobody(browser: Browser, key: str) -> None:
    for ask in (browser.get, browser.post):
        response: Any = ask(f"{url(User, 'changelist')}{key}/password/")
        assert response.status_code == 404


@pytest.mark.parametrize(("term", "found"), [("Acm", 1), ("\x00", 0)])
def test_a_search_for_what_can_be_chosen(browser: Browser, account: Party, term: str, found: int) -> None:
    asked = {"app_label": "clients_app", "model_name": "user", "field_name": "account", "term": term}

    response: Any = browser.get("/admin/autocomplete/", asked)

    assert len(response.json()["results"]) == found


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (Account, "signing_secret__startswith"),
        (Client, "secret_hash__startswith"),
        (Client, "account__signing_secret__startswith"),
        (AccessToken, "digest__startswith"),
        (User, "password__startswith"),
        (TaskRun, "account_task__account__signing_secret__startswith"),
    ],
)
def test_no_filter_guesses_a_secret(browser: Browser, model: type, lookup: str) -> None:
    assert browser.get(url(model, "changelist"), {lookup: "a"}).status_code == 400


def test_filters_that_are_offered_work(browser: Browser, rows: dict[type, Any]) -> None:
    run, heartbeat = rows[TaskRun], rows[Heartbeat]

    assert str(run.pk) in text_of(browser.get(url(TaskRun, "changelist"), {"state__exact": "QUEUED"}))
    assert str(run.pk) not in text_of(browser.get(url(TaskRun, "changelist"), {"state__exact": "FAILED"}))
    month = {"created_at__year": str(NOW.year), "created_at__month": str(NOW.month)}
    assert str(run.pk) in text_of(browser.get(url(TaskRun, "changelist"), month))
    assert heartbeat.name in text_of(browser.get(url(Heartbeat, "changelist")))
    task = {"task__id__exact": str(rows[Task].pk)}
    assert str(rows[AccountTask].pk) in text_of(browser.get(url(AccountTask, "changelist"), task))


def test_rows_that_are_not_there_any_more_are_passed_over(browser: Browser, account: Party) -> None:
    gone = User(pk="01a21160-2ada-7033-b2a2-2bd5abc5f213")

    page = act(browser, Client, "rotate", account.client, gone)

    assert "Shown this once" in page
