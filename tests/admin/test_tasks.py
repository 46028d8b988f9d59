"""The catalogue, account tasks and runs at the admin site."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients_app.models import Account, AuditEntry, Client
from tasks_app import masking
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State
from tasks_app.schedules import Schedule
from tests import factories
from tests.admin.forms import act, post, url
from tests.factories import NOW, Party


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


def test_an_operator_does_not_see_secrets_and_leaves_them_as_they_are(
    browser: Browser, account: Party, task: Task
) -> None:
    text = '{"Token": "hunter2",  "a": 1}'
    row = factories.account_task(client=account.client, task=task, parameters_text=text)
    address = url(AccountTask, "change", row.pk)
    shown = browser.get(address).context["adminform"].form["parameters"].value()
    assert "hunter2" not in browser.get(address).content.decode()

    post(browser, address, **asked(account, task, frequency="3", parameters=shown.replace("\n", "\r\n")))
    kept = AccountTask.objects.get()
    assert (kept.frequency, kept.parameters) == (3, text)
    page = browser.post(address, asked(account, task, parameters=shown.replace("1", "2"))).content.decode()
    assert f"Write in place of each {masking.MASK} what is to stand there" in page
    assert "the rest is laid out anew" in page
    post(browser, address, **asked(account, task, parameters='{"Token": "other"}'))

    assert AccountTask.objects.get().parameters == '{"Token": "other"}'
    AccountTask.objects.update(deleted_at=NOW, next_run_at=None)
    page = browser.get(address).content.decode()
    assert masking.MASK in page
    assert "other" not in page


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


def test_account_tasks_are_run_from_the_list(browser: Browser, account: Party, task: Task) -> None:
    free, busy = (factories.account_task(client=account.client, task=task) for _ in range(2))
    factories.run(busy)

    page = act(browser, AccountTask, "run_now", free, busy)

    run = free.runs.get()
    assert (run.state, run.trigger, run.asked_by) == ("QUEUED", "USER", "operator@example.org")
    assert busy.runs.count() == 1
    assert "Done for 1." in page
    assert "A run of this account task is going on" in page


def test_account_tasks_are_paused_and_resumed_from_the_list(browser: Browser, account: Party, task: Task) -> None:
    row, gone = (factories.account_task(client=account.client, task=task) for _ in range(2))
    AccountTask.objects.filter(pk=gone.pk).update(deleted_at=NOW, next_run_at=None)

    page = act(browser, AccountTask, "pause", row, gone)
    row.refresh_from_db()
    assert (row.is_enabled, row.next_run_at, row.modified_by) == (False, None, "operator@example.org")
    assert "Done for 1." in page
    assert "it was deleted." in page
    act(browser, AccountTask, "resume", row)

    row.refresh_from_db()
    assert row.is_enabled
    assert row.next_run_at is not None


def test_account_tasks_are_deleted_after_a_question_and_restored(browser: Browser, account: Party, task: Task) -> None:
    row = factories.account_task(client=account.client, task=task)

    assert "Delete these account tasks?" in act(browser, AccountTask, "remove", row)
    assert AccountTask.objects.get().deleted_at is None
    act(browser, AccountTask, "remove", row, is_sure=True)
    assert AccountTask.objects.get().deleted_at is not None
    act(browser, AccountTask, "restore", row)
    page = act(browser, AccountTask, "restore", row)

    assert AccountTask.objects.get().deleted_at is None
    assert "it is not deleted, or was more than 30 days ago." in page
    actions = AuditEntry.objects.filter(row_id=row.pk).values_list("action", flat=True)
    assert list(actions) == ["account task restored", "account task deleted", "account task registered"]


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
