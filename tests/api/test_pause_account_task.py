"""POST api/v2/admin/tasks/account/{id}/disable and /enable."""

from datetime import timedelta

import pytest

from clients_app.models import AuditEntry
from tasks_app import clock
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, Api
from tests.factories import Party


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


def test_a_paused_one_has_no_next_run_and_a_resumed_one_the_next_slot(
    api: Api, account: Party, row: AccountTask
) -> None:
    paused = api.of(account).call("POST", f"{ACCOUNT_TASKS}/{row.pk}/disable")
    row.refresh_from_db()
    assert (paused.status, paused.detail["Enabled"], row.next_run_at) == (200, False, None)

    resumed = api.of(account).call("POST", f"{ACCOUNT_TASKS}/{row.pk}/enable")

    row.refresh_from_db()
    assert (resumed.status, resumed.detail["Enabled"]) == (200, True)
    assert row.next_run_at
    assert clock.now() < row.next_run_at <= clock.now() + timedelta(days=1)
    assert AuditEntry.objects.filter(action="account task changed").count() == 2


@pytest.mark.parametrize("verb", ["enable", "disable"])
def test_twice_is_like_once(api: Api, account: Party, row: AccountTask, verb: str) -> None:
    first = api.of(account).call("POST", f"{ACCOUNT_TASKS}/{row.pk}/{verb}")
    entries = AuditEntry.objects.count()

    second = api.of(account).call("POST", f"{ACCOUNT_TASKS}/{row.pk}/{verb}")

    assert (second.status, second.text) == (first.status, first.text)
    assert second.response["ETag"] == first.response["ETag"]
    assert AuditEntry.objects.count() == entries


def test_a_task_that_is_switched_off_in_the_catalogue_can_still_be_paused(
    api: Api, account: Party, row: AccountTask
) -> None:
    Task.objects.update(is_enabled=False)

    assert api.of(account).call("POST", f"{ACCOUNT_TASKS}/{row.pk}/disable").detail["Enabled"] is False


def test_a_body_means_nothing(api: Api, account: Party, row: AccountTask) -> None:
    answer = api.of(account).call("POST", f"{ACCOUNT_TASKS}/{row.pk}/disable", b"{", content_type="text/plain")

    assert answer.status == 200
