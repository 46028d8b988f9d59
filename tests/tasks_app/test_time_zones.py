"""What a new time zone of an account does to its account tasks."""

from datetime import timedelta

from clients_app.models import Account
from tasks_app import dispatch, registration
from tasks_app.enumerations import Frequency
from tasks_app.models import Task
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

    moved = registration.reschedule(account=account.account, now=in_summer)

    own.refresh_from_db()
    before = others.next_run_at
    others.refresh_from_db()
    assert moved == 1
    assert (own.next_run_at, others.next_run_at) == (in_summer + DAY - 2 * HOUR, before)


def test_what_is_due_when_the_time_zone_changes_stays_due(account: Party, task: Task) -> None:
    hourly(account, task)
    Account.objects.update(time_zone="Asia/Kathmandu")

    assert registration.reschedule(now=NOW + HOUR) == 0
    assert dispatch.dispatch_due(now=NOW + HOUR) == 1
