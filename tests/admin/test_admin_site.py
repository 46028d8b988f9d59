"""The admin site: every page opens for operators, changes leave their trail, history can't be changed."""

import html
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients_app import secrets
from clients_app.models import AccessToken, Account, AuditEntry, Client, Counter, User
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Heartbeat, Notification, Task, TaskRun
from tasks_app.models.task_run import State
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import NOW, PASSWORD, Party

OURS = (AccessToken, Account, AuditEntry, Client, Counter, User, AccountTask, Heartbeat, Notification, Task, TaskRun)
READ_ONLY = (AccessToken, AuditEntry, Counter, Heartbeat, Notification, TaskRun)


@pytest.fixture
def operator(db: None) -> User:
    return factories.user(account=None, email="operator@example.org")


@pytest.fixture
def browser(operator: User) -> Browser:
    browser = Browser()
    browser.force_login(operator)
    return browser


@pytest.fixture
def rows(account: Party, task: Task) -> dict[type, Any]:
    """One row of each kind."""
    account_task = factories.account_task(client=account.client, task=task)
    run = factories.run(account_task)
    notification = Notification.objects.create(
        account=account.account, user=account.administrator, account_task=account_task, subject="S", created_at=NOW
    )
    heartbeat = Heartbeat.objects.create(name="dispatcher", at=NOW)
    counter = Counter.objects.create(key="k", window_ends_at=NOW, count=1)
    own = (
        account.account,
        account.administrator,
        account.client,
        task,
        account_task,
        run,
        counter,
        notification,
        heartbeat,
    )
    others = (AccessToken.objects.first(), AuditEntry.objects.first())
    return {type(row): row for row in (*own, *others)}


def url(model: type, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)  # type: ignore[attr-defined]


def post(browser: Browser, address: str, **fields: Any) -> Any:
    response = browser.post(address, fields, follow=True)
    assert response.status_code == 200
    form = response.context.get("adminform")
    assert form is None or not form.errors, form.errors
    return response


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


def test_a_new_account_shows_its_signing_secret_once(browser: Browser, operator: User) -> None:
    response = post(browser, url(Account, "add"), name="New", time_zone="Europe/Paris", is_enabled="on")

    account = Account.objects.get()
    assert "The signing secret is shown this once: whsec_" in response.content.decode()
    assert "whsec_" not in browser.get(url(Account, "change", account.pk)).content.decode()
    entry = AuditEntry.objects.get(action="account created")
    assert (entry.user, entry.account, entry.address) == (operator, account, "127.0.0.1")


def test_a_switched_off_account_leaves_its_trail(browser: Browser, account: Party) -> None:
    post(browser, url(Account, "change", account.account.pk), name="Acme", time_zone="UTC")

    entry = AuditEntry.objects.get(action="account changed")
    assert (entry.before, entry.after) == ({"is_enabled": True}, {"is_enabled": False})
    assert entry.by == "operator@example.org"


def test_a_wrong_time_zone_is_said_beside_the_field(browser: Browser, account: Party) -> None:
    response = browser.post(url(Account, "change", account.account.pk), {"name": "Acme", "time_zone": "Mars"})

    assert "must be an IANA time zone such as Europe/Paris" in response.content.decode()
    assert Account.objects.get().time_zone == "UTC"


@pytest.mark.parametrize("has_account", [True, False])
def test_a_user_without_an_account_is_an_operator(browser: Browser, account: Party, has_account: bool) -> None:
    post(
        browser,
        url(User, "add"),
        email="Bob@Example.org",
        account=str(account.account.pk) if has_account else "",
        role="READER",
        usable_password="true",
        password1=PASSWORD,
        password2=PASSWORD,
    )

    bob = User.objects.get(email="bob@example.org")
    assert (bob.is_staff, bob.is_superuser) == (not has_account, not has_account)
    assert bob.check_password(PASSWORD)
    assert AuditEntry.objects.filter(action="user created", row_id=bob.pk, by="operator@example.org").count() == 1


def test_a_user_changes_in_all_but_the_account(browser: Browser, account: Party, neighbour: Party) -> None:
    key = account.administrator.pk

    post(browser, url(User, "change", key), email="ann@acme.example", role="READER", account=str(neighbour.account.pk))

    ann = User.objects.get(pk=key)
    assert (ann.account, ann.role, ann.is_active, ann.is_staff) == (account.account, "READER", False, False)
    entry = AuditEntry.objects.get(action="user changed")
    assert entry.after == {"role": "READER", "is_active": False}


def test_a_changed_password_leaves_its_trail_but_not_itself(browser: Browser, account: Party) -> None:
    address = reverse("admin:auth_user_password_change", args=[account.administrator.pk])
    new = "another horse, another staple"

    post(browser, address, usable_password="true", password1=new, password2=new)

    account.administrator.refresh_from_db()
    assert account.administrator.check_password(new)
    entry = AuditEntry.objects.get(action="password changed")
    assert (entry.account, entry.after) == (account.account, {"password": "changed"})


def test_a_new_client_shows_its_secret_once(browser: Browser, account: Party) -> None:
    response = post(browser, url(Client, "add"), name="Billing", user=str(account.administrator.pk))

    client = Client.objects.get(name="Billing")
    page = response.content.decode()
    assert f"The secret of client {client.pk} is shown this once: acs_" in page
    assert (client.account, client.user) == (account.account, account.administrator)
    assert AuditEntry.objects.filter(action="client registered", by="operator@example.org").count() == 1


def test_clients_are_revoked_from_the_list(browser: Browser, account: Party) -> None:
    post(browser, url(Client, "changelist"), action="revoke", _selected_action=str(account.client.pk))

    account.client.refresh_from_db()
    assert not account.client.is_enabled
    assert AuditEntry.objects.get(action="client revoked").by == "operator@example.org"


def test_a_task_is_added_and_changed_with_its_trail(browser: Browser) -> None:
    fields = {"name": "Call", "description": "", "handler": "http_request", "is_enabled": "on"}
    key = "b1b5a0a1-1234-4abc-8def-0123456789ab"

    post(browser, url(Task, "add"), id=key, parameter_schema='{"type": "object"}', **fields)
    post(browser, url(Task, "change", key), parameter_schema="{}", **fields)

    assert Task.objects.get(pk=key).parameter_schema == {}
    assert [entry.action for entry in AuditEntry.objects.filter(row_id=key)] == ["task changed", "task created"]


@pytest.mark.parametrize("schema", ['{"type": "text"}', "[1]", '{"$ref": "http://127.0.0.1/"}'])
def test_what_is_no_schema_is_refused(browser: Browser, task: Task, schema: str) -> None:
    fields = {"name": "Call", "parameter_schema": schema, "is_enabled": "on"}

    response = browser.post(url(Task, "change", task.pk), fields)

    assert "must be a JSON Schema" in response.content.decode()
    assert Task.objects.get().parameter_schema == {}


def asked(account: Party, task: Task, **fields: str) -> dict[str, str]:
    return {
        "client": str(account.client.pk),
        "task": str(task.pk),
        "frequency": "2",
        "parameters": '{"a": 1}',
        "content_type": "application/json",
        "notification": "0",
    } | fields


def test_an_account_task_is_registered_and_changed_like_everywhere(
    browser: Browser, account: Party, task: Task
) -> None:
    post(browser, url(AccountTask, "add"), **asked(account, task, parameters=' {"a": 1} '))
    row = AccountTask.objects.get()
    post(browser, url(AccountTask, "change", row.pk), **asked(account, task, frequency="3"))

    changed = AccountTask.objects.get()
    assert (row.account, row.client, row.parameters) == (account.account, account.client, ' {"a": 1} ')
    assert (changed.frequency, changed.is_enabled, changed.modified_by) == (3, False, "operator@example.org")
    actions = AuditEntry.objects.filter(row_id=row.pk).values_list("action", flat=True)
    assert list(actions) == ["account task changed", "account task registered"]


WRONG = [
    ({"parameters": "{"}, "is not well-formed JSON: line 1 column 2"),
    (
        {"start_at_0": "2026-02-01", "start_at_1": "00:00", "finish_at_0": "2026-01-01", "finish_at_1": "00:00"},
        "before",
    ),
    ({"parameters": '{"b": 1}'}, "lacks a"),
]


@pytest.mark.parametrize(("wrong", "sentence"), WRONG)
def test_a_wrong_account_task_is_told_beside_the_field(
    browser: Browser, account: Party, wrong: dict[str, str], sentence: str
) -> None:
    task = factories.task(schema={"required": ["a"]})

    response = browser.post(url(AccountTask, "add"), asked(account, task, **wrong))

    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert not AccountTask.objects.exists()


def test_a_switched_off_task_or_a_revoked_client_can_not_be_chosen(
    browser: Browser, account: Party, task: Task
) -> None:
    Task.objects.update(is_enabled=False)
    Client.objects.update(revoked_at=NOW)

    page = browser.post(url(AccountTask, "add"), asked(account, task)).content.decode()

    assert "This task is switched off in the catalogue." in page
    assert "This client is revoked." in page
    assert not AccountTask.objects.exists()


def test_a_deleted_account_task_can_be_seen_but_not_changed(browser: Browser, rows: dict[type, Any]) -> None:
    AccountTask.objects.update(deleted_at=NOW, next_run_at=None)
    address = url(AccountTask, "change", rows[AccountTask].pk)

    assert browser.get(address).status_code == 200
    assert browser.post(address, {}).status_code == 403


def act(browser: Browser, model: type, action: str, *rows: Any) -> str:
    fields = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    response = browser.post(url(model, "changelist"), fields, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_account_tasks_are_run_from_the_list(browser: Browser, account: Party, task: Task) -> None:
    free, busy = (factories.account_task(client=account.client, task=task) for _ in range(2))
    factories.run(busy)

    page = act(browser, AccountTask, "run_now", free, busy)

    run = free.runs.get()
    assert (run.state, run.trigger, run.asked_by) == ("QUEUED", "USER", "operator@example.org")
    assert busy.runs.count() == 1
    assert "Done for 1." in page
    assert "A run of this account task is going on" in page


def test_runs_are_run_again_and_cancelled_from_the_list(browser: Browser, account: Party, task: Task) -> None:
    failed = factories.run(factories.account_task(client=account.client, task=task), state=State.FAILED)

    act(browser, TaskRun, "run_again", failed)
    again = TaskRun.objects.get(retry_of=failed)
    page = act(browser, TaskRun, "cancel", again, failed)

    again.refresh_from_db()
    assert again.state == "CANCELLED"
    assert "The run is finished already." in page
    assert set(AuditEntry.objects.filter(row_id=again.pk).values_list("action", "by")) == {
        ("run asked for", "operator@example.org"),
        ("run cancelled", "operator@example.org"),
    }


def test_signing_secrets_are_rotated_and_retired_from_the_list(browser: Browser, account: Party) -> None:
    first = Account.objects.get().signing_secret

    page = act(browser, Account, "rotate_signing_secret", account.account)
    rotated = Account.objects.get()
    act(browser, Account, "retire_signing_secret", account.account)

    assert secrets.decrypt(rotated.signing_secret) in html.unescape(page)
    assert rotated.previous_signing_secret == first
    assert Account.objects.get().previous_signing_secret == ""
    trail = AuditEntry.objects.filter(action__startswith="signing secret").order_by("pk")
    assert list(trail.values_list("action", flat=True)) == ["signing secret rotated", "signing secret retired"]
    assert "whsec_" not in str(list(trail.values_list("before", "after")))


def test_a_new_time_zone_moves_the_next_runs(browser: Browser, account: Party, task: Task) -> None:
    winter = datetime(2026, 1, 15, 12, tzinfo=UTC)
    summer = timezone.now().replace(month=6, year=timezone.now().year + 1)
    account_task = factories.account_task(
        client=account.client, task=task, schedule=Schedule(Frequency.YEARLY, winter.replace(month=7)), now=winter
    )
    AccountTask.objects.update(start_at=winter, frequency=Frequency.MONTHLY, next_run_at=summer)

    fields = {"name": "Acme", "time_zone": "Europe/Paris", "is_enabled": "on"}
    post(browser, url(Account, "change", account.account.pk), **fields)

    account_task.refresh_from_db()
    assert account_task.next_run_at == account_task.timetable.next_after(timezone.now())
    assert account_task.next_run_at != summer
