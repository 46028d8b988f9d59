"""A slot that has neither a run nor a skip is seen, and nothing else is taken for one."""

from datetime import datetime, timedelta

import pytest

from tasks_app import clock, dispatch, gaps, health, registration, rescheduling
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import NOW, TESTS, Party

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PERIODS = {Frequency.HOURLY: HOUR, Frequency.DAILY: DAY}


def registered(account: Party, task: Task, frequency: Frequency = Frequency.HOURLY) -> AccountTask:
    """Its first slot comes a period after NOW."""
    return factories.account_task(client=account.client, task=task, schedule=Schedule(frequency))


def dispatched(*moments: datetime) -> None:
    """At each of these; a run is over before the next."""
    for moment in moments:
        dispatch.dispatch_due(now=moment)
        TaskRun.objects.unfinished().update(state=State.SUCCEEDED, next_attempt_at=None, finished_at=moment)


def slots_without_row(now: datetime) -> list[tuple[int, datetime, datetime]]:
    return [(span.count, span.first_at, span.last_at) for _, span in gaps.found(now)]


@pytest.mark.parametrize("frequency", PERIODS)
def test_a_schedule_that_was_moved_too_far(account: Party, task: Task, frequency: Frequency) -> None:
    period = PERIODS[frequency]
    registered(account, task, frequency)
    dispatched(NOW + period)
    AccountTask.objects.update(next_run_at=NOW + 4 * period)

    dispatched(NOW + 4 * period)

    assert slots_without_row(NOW + 4 * period) == [(2, NOW + 2 * period, NOW + 3 * period)]


def test_a_run_that_is_gone(account: Party, task: Task) -> None:
    registered(account, task)
    dispatched(*(NOW + number * HOUR for number in range(1, 4)))

    TaskRun.objects.filter(due_at=NOW + 2 * HOUR).delete()

    assert slots_without_row(NOW + 3 * HOUR) == [(1, NOW + 2 * HOUR, NOW + 2 * HOUR)]


def test_what_is_older_than_an_hour_was_told_before(account: Party, task: Task) -> None:
    registered(account, task)
    dispatched(*(NOW + number * HOUR for number in range(1, 4)))
    TaskRun.objects.filter(due_at=NOW + 2 * HOUR).delete()

    assert slots_without_row(NOW + 4 * HOUR) == []


@pytest.mark.parametrize("frequency", PERIODS)
def test_slots_that_were_missed_skipped_or_overlapped_have_rows(
    account: Party, task: Task, frequency: Frequency
) -> None:
    period = PERIODS[frequency]
    registered(account, task, frequency)
    dispatched(NOW + period, NOW + 5.5 * period)
    dispatch.dispatch_due(now=NOW + 6 * period)
    dispatch.dispatch_due(now=NOW + 7 * period)  # the run before still goes on

    for moment in (NOW + 5.5 * period, NOW + 6 * period, NOW + 7 * period):
        assert slots_without_row(moment) == []


def test_an_account_that_was_switched_off_has_rows(account: Party, task: Task) -> None:
    registered(account, task)
    dispatched(NOW + HOUR)
    account.account.is_enabled = False
    account.account.save()

    dispatched(NOW + 3 * HOUR, NOW + 4 * HOUR)

    assert slots_without_row(NOW + 4 * HOUR) == []


def test_a_pause_explains_what_did_not_happen(account: Party, task: Task) -> None:
    account_task = registered(account, task)
    dispatched(NOW + HOUR)
    registration.set_enabled(account_task, False, by=TESTS, now=NOW + 1.5 * HOUR)
    registration.set_enabled(account_task, True, by=TESTS, now=NOW + 4.5 * HOUR)

    dispatched(NOW + 5 * HOUR)

    assert slots_without_row(NOW + 5 * HOUR) == []


def test_a_new_time_zone_explains_a_day_without_a_slot(account: Party, task: Task) -> None:
    now = clock.now()
    schedule = Schedule(Frequency.DAILY, now - 3 * DAY)
    account_task = factories.account_task(client=account.client, task=task, schedule=schedule, now=now - 3 * DAY)
    dispatched(now - 3 * DAY, now - 2 * DAY)
    AccountTask.objects.update(next_run_at=now)
    dispatched(now)
    assert len(slots_without_row(now)) == 1

    rescheduling.change_account(account.account, name="Acme", time_zone="Asia/Tokyo", by=TESTS, now=now)

    account_task.refresh_from_db()
    assert slots_without_row(now) == []


def test_new_rules_of_time_zones_explain_it_too(account: Party, task: Task) -> None:
    registered(account, task, Frequency.DAILY)
    dispatched(NOW + DAY)
    AccountTask.objects.update(next_run_at=NOW + 3 * DAY)
    dispatched(NOW + 3 * DAY)

    health.beat(health.TIME_ZONES, now=NOW + 2 * DAY, note="2026z")

    assert slots_without_row(NOW + 3 * DAY) == []


def test_a_schedule_that_could_not_be_computed_says_so_itself(
    account: Party, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(account, task)
    with monkeypatch.context() as broken:
        broken.setattr(dispatch, "_planned", lambda *_: 1 / 0)
        dispatched(NOW + 1.1 * HOUR)

    dispatched(NOW + 3.2 * HOUR)

    assert slots_without_row(NOW + 3.2 * HOUR) == []


def test_runs_on_demand_have_no_slot(account: Party, task: Task) -> None:
    account_task = registered(account, task)
    dispatched(NOW + HOUR)
    factories.run(account_task, state=State.SUCCEEDED, now=NOW + 1.5 * HOUR)
    dispatched(NOW + 2 * HOUR)

    assert slots_without_row(NOW + 2 * HOUR) == []
