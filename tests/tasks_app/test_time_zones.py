"""What a new time zone of an account does to its account tasks."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clients_app.models import Account, AuditEntry
from tasks_app import dispatch, rescheduling
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import NOW, Party, hourly

HOUR = timedelta(hours=1)


DAY = timedelta(days=1)


def test_a_new_time_zone_of_the_account_moves_its_next_runs(account: Party, neighbour: Party, task: Task) -> None:
    in_summer = NOW + 60 * DAY + HOUR
    own, others = (
        factories.account_task(client=party.client, task=task, schedule=Schedule(Frequency.DAILY, NOW), now=in_summer)
        for party in (account, neighbour)
    )
    Account.objects.filter(pk=account.account.pk).update(time_zone="Europe/Paris")

    moved = rescheduling.reschedule(account=account.account, now=in_summer)

    own.refresh_from_db()
    before = others.next_run_at
    others.refresh_from_db()
    assert moved == 1
    assert (own.next_run_at, others.next_run_at) == (in_summer + DAY - 2 * HOUR, before)


def test_what_is_due_when_the_time_zone_changes_stays_due(account: Party, task: Task) -> None:
    hourly(account, task)
    Account.objects.update(time_zone="Asia/Kathmandu")

    assert rescheduling.reschedule(now=NOW + HOUR) == 0
    assert dispatch.dispatch_due(now=NOW + HOUR) == 1


def test_account_and_next_runs_change_together_or_not_at_all(
    account: Party, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_summer = NOW + 60 * DAY + HOUR
    daily = Schedule(Frequency.DAILY, NOW)
    row = factories.account_task(client=account.client, task=task, schedule=daily, now=in_summer)
    asked: dict[str, Any] = {"name": "Acme", "time_zone": "Europe/Paris", "by": account.caller, "now": in_summer}

    with monkeypatch.context() as broken:
        broken.setattr(AccountTask, "next_run_in", lambda row, zone, now: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rescheduling.change_account(account.account, **asked)
    assert Account.objects.get().time_zone == "UTC"

    assert rescheduling.change_account(account.account, **asked) == 1
    assert rescheduling.change_account(account.account, **asked) == 0
    row.refresh_from_db()
    assert row.next_run_at == in_summer + DAY - 2 * HOUR
    assert AuditEntry.objects.filter(action="account changed").count() == 1


@pytest.mark.parametrize(("name", "time_zone"), [("", "UTC"), ("n" * 101, "UTC"), ("Acme", "Mars/Base"), ("Acme", "")])
def test_an_account_that_can_not_be_is_refused(account: Party, name: str, time_zone: str) -> None:
    with pytest.raises(ValidationError):
        rescheduling.change_account(account.account, name=name, time_zone=time_zone, by=account.caller, now=NOW)

    assert list(Account.objects.values_list("name", "time_zone")) == [("Acme", "UTC")]
