"""DELETE api/v2/admin/tasks/account/{id}, and the way back."""

from datetime import timedelta

import pytest

from clients_app.models import AuditEntry
from tasks_app import clock, dispatch, running
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, NOWHERE, Api
from tests.factories import NOW, Party

DAY = timedelta(days=1)


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


def test_a_deleted_one_is_gone_at_once_and_runs_no_more(api: Api, account: Party, row: AccountTask) -> None:
    answer = api.of(account).delete(f"{ACCOUNT_TASKS}/{row.pk}")

    assert (answer.status, answer.detail) == (200, {})
    for method, path in [
        ("GET", ""),
        ("PUT", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/runs"),
        ("POST", "/enable"),
    ]:
        body = "{}" if method == "PATCH" else ""
        assert api.of(account).call(
            method, f"{ACCOUNT_TASKS}/{row.pk}{path}", body, content_type="application/json"
        ).status in ((400, 404) if method == "PUT" else (404,))
    assert api.of(account).get(ACCOUNT_TASKS).detail == []
    assert dispatch.dispatch_due(now=NOW + 9 * DAY) == 0
    assert AuditEntry.objects.latest("pk").action == "account task deleted"


def test_it_comes_back_as_it_was_and_goes_on_with_the_next_slot(api: Api, account: Party, row: AccountTask) -> None:
    before = api.of(account).get(f"{ACCOUNT_TASKS}/{row.pk}").detail
    api.of(account).delete(f"{ACCOUNT_TASKS}/{row.pk}")

    answer = api.of(account).call("POST", f"{ACCOUNT_TASKS}/{row.pk}/restore")

    assert answer.status == 200
    volatile = {"DateModified": answer.detail["DateModified"], "LastModifiedBy": "ann@acme.example"}
    assert answer.detail == before | volatile
    row.refresh_from_db()
    assert row.next_run_at
    assert clock.now() < row.next_run_at <= clock.now() + DAY
    assert api.of(account).get(f"{ACCOUNT_TASKS}/{row.pk}").status == 200


def test_a_paused_one_comes_back_paused(api: Api, account: Party, row: AccountTask) -> None:
    api.of(account).call("POST", f"{ACCOUNT_TASKS}/{row.pk}/disable")
    api.of(account).delete(f"{ACCOUNT_TASKS}/{row.pk}")

    answer = api.of(account).call("POST", f"{ACCOUNT_TASKS}/{row.pk}/restore")

    row.refresh_from_db()
    assert (answer.detail["Enabled"], row.next_run_at) == (False, None)


def test_what_is_not_deleted_or_was_too_long_ago_can_not_be_restored(
    api: Api, account: Party, neighbour: Party, row: AccountTask
) -> None:
    path = f"{ACCOUNT_TASKS}/{row.pk}/restore"
    assert api.of(account).call("POST", path).status == 404
    api.of(account).delete(f"{ACCOUNT_TASKS}/{row.pk}")
    assert api.of(neighbour).call("POST", path).status == 404

    AccountTask.objects.update(deleted_at=clock.now() - 30 * DAY)

    assert api.of(account).call("POST", path).status == 404
    assert api.of(account).call("POST", f"{ACCOUNT_TASKS}/{NOWHERE}/restore").status == 404


def test_a_slot_that_was_due_is_recorded_as_a_skip(api: Api, account: Party, row: AccountTask) -> None:
    AccountTask.objects.update(next_run_at=NOW + DAY)  # months ago by now

    api.of(account).delete(f"{ACCOUNT_TASKS}/{row.pk}")

    skip = TaskRun.objects.get()
    assert (skip.state, skip.first_due_at) == (State.SKIPPED, NOW + DAY)
    assert skip.summary == "The account task was changed, paused or deleted before this was run."


def test_a_run_that_waits_is_cancelled_when_its_turn_comes(api: Api, account: Party, row: AccountTask) -> None:
    api.of(account).call("POST", f"{ACCOUNT_TASKS}/run?id={row.pk}")
    api.of(account).delete(f"{ACCOUNT_TASKS}/{row.pk}")

    run = TaskRun.objects.unfinished().get()
    running.execute.func(str(run.pk))

    run.refresh_from_db()
    assert run.state == State.CANCELLED
