"""Figures of accounts and account tasks, against what the timetables and the runs themselves say."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks_app import statistics
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task
from tasks_app.models.task_run import State
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import Party

ZONES_AND_MOMENTS = [
    ("UTC", datetime(2026, 11, 25, 5, 56, 56, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 11, 25, 5, 56, 56, tzinfo=UTC)),  # 5:45 ahead
    ("Europe/Paris", datetime(2026, 3, 28, 11, 30, tzinfo=UTC)),  # clocks go forward in the night
    ("Europe/Paris", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # they have, half an hour ago
    ("Europe/Paris", datetime(2026, 10, 24, 20, tzinfo=UTC)),  # they go back
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 4, 10, tzinfo=UTC)),  # by half an hour
]


def of_zone(party: Party, zone: str) -> ZoneInfo:
    party.account.time_zone = zone
    party.account.save()
    return ZoneInfo(zone)


def some_account_task(party: Party, task: Task, now: datetime, rng: random.Random) -> AccountTask:
    """Registered some time in the past month; it may have a start, and an end that is near."""
    registered = now - timedelta(minutes=rng.randrange(43_200), seconds=rng.randrange(60))
    start = registered + timedelta(minutes=rng.randrange(-500, 3_000)) if rng.random() < 0.5 else None
    finish = now + timedelta(minutes=rng.randrange(2_880)) if rng.random() < 0.5 else None
    if start and finish:
        start = min(start, finish)
    schedule = Schedule(rng.choice(list(Frequency)), start, finish)
    row = factories.account_task(client=party.client, task=task, schedule=schedule, now=registered)
    next_run_at = row.timetable.next_after(now)
    AccountTask.objects.filter(pk=row.pk).update(next_run_at=next_run_at)
    row.next_run_at = next_run_at
    return row


@pytest.mark.parametrize(("zone", "now"), ZONES_AND_MOMENTS)
def test_hours_to_come_are_those_of_the_timetables(
    account: Party, neighbour: Party, task: Task, zone: str, now: datetime
) -> None:
    of_zone(account, zone)
    rng = random.Random(f"{zone} {now}")
    rows = [some_account_task(account, task, now, rng) for _ in range(120)]
    some_account_task(neighbour, task, now, rng)
    hours = statistics.hours_from(now, account.account.zone)

    counted = statistics.slots_per_hour(account.account, hours)

    instant = datetime.resolution
    timetables = [row.timetable for row in AccountTask.objects.filter(pk__in=[row.pk for row in rows])]
    wanted = []
    for start, end in pairwise(hours):
        spans = [timetable.between(max(start - instant, now), end - instant) for timetable in timetables]
        wanted.append(sum(span.count for span in spans if span))
    assert counted == wanted
    assert sum(counted) > 100


@pytest.mark.parametrize("anchor", ["11:30", "02:30", "03:30"])
@pytest.mark.parametrize("from_hour", [11, 1, 2, 3])
def test_a_daily_slot_comes_round_twice_where_clocks_go_forward(
    account: Party, task: Task, anchor: str, from_hour: int
) -> None:
    zone = of_zone(account, "Europe/Paris")
    start = datetime.fromisoformat(f"2026-03-20 {anchor}").replace(tzinfo=zone)
    day = 28 if from_hour == 11 else 29
    now = datetime(2026, 3, day, from_hour, tzinfo=zone).astimezone(UTC)
    row = factories.account_task(client=account.client, task=task, schedule=Schedule(Frequency.DAILY, start))
    AccountTask.objects.update(next_run_at=row.timetable.next_after(now - datetime.resolution))
    hours = statistics.hours_from(now, zone)

    counted = statistics.slots_per_hour(account.account, hours)

    span = row.timetable.between(now - datetime.resolution, hours[-1] - datetime.resolution)
    assert sum(counted) == (span.count if span else 0)


def test_what_is_overdue_counts_once_in_the_first_hour(account: Party, task: Task) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    over = Schedule(Frequency.HOURLY, now - timedelta(days=2), now - timedelta(hours=2))
    for schedule in (Schedule(Frequency.DAILY), Schedule(Frequency.HOURLY), over):
        factories.account_task(client=account.client, task=task, schedule=schedule)
    AccountTask.objects.update(next_run_at=now - timedelta(hours=5))

    counted = statistics.slots_per_hour(account.account, statistics.hours_from(now, account.account.zone))

    assert counted == [3, *[1] * 23]


def test_hours_begin_at_full_hours_of_the_wall(account: Party) -> None:
    zone = ZoneInfo("Asia/Kathmandu")

    hours = statistics.hours_from(datetime(2026, 11, 25, 5, 56, 56, tzinfo=UTC), zone)

    assert len(hours) == 25
    assert {hour.astimezone(zone).minute for hour in hours} == {0}
    assert hours[0] == datetime(2026, 11, 25, 5, 15, tzinfo=UTC)


def test_the_next_slots_are_the_earliest_of_all(account: Party, neighbour: Party, task: Task) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    rng = random.Random(7)
    rows = [some_account_task(account, task, now, rng) for _ in range(40)]
    some_account_task(neighbour, task, now, rng)

    found = statistics.next_slots(account.account, 8)

    rows = list(AccountTask.objects.filter(pk__in=[row.pk for row in rows]))
    assert [slot for slot, _ in found] == sorted(slot for row in rows for slot in row.slots_to_come(8))[:8]
    assert all(slot in row.slots_to_come(8) for slot, row in found)


def test_days_are_those_of_the_zone_and_skips_count_their_slots(account: Party, neighbour: Party, task: Task) -> None:
    of_zone(account, "Asia/Tokyo")
    row, foreign = (factories.account_task(client=party.client, task=task) for party in (account, neighbour))
    before_midnight, after_midnight = (
        datetime(2026, 11, 24, 14, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 24, 15, tzinfo=UTC),
    )
    factories.run(row, state=State.SUCCEEDED, now=before_midnight)
    for _ in range(2):
        factories.run(row, state=State.SUCCEEDED, now=after_midnight)
    factories.run(row, state=State.FAILED, now=after_midnight)
    factories.run(row, state=State.SKIPPED, now=after_midnight, slots=5)
    factories.run(row, state=State.RUNNING, now=after_midnight)
    factories.run(row, state=State.FAILED, now=after_midnight - timedelta(days=2))
    factories.run(foreign, state=State.FAILED, now=after_midnight)
    wanted = [
        (date(2026, 11, 24), {"SUCCEEDED": 1}, 1),
        (date(2026, 11, 25), {"SUCCEEDED": 2, "FAILED": 1, "SKIPPED": 5}, 3),
    ]

    of_the_account = statistics.latest_days(account.account, today=date(2026, 11, 25), count=2)
    row.account = account.account
    of_the_task = statistics.days_of(row, today=date(2026, 11, 25), count=2)

    for days in (of_the_account, of_the_task):
        assert [(day.date, dict(+day.slots), day.runs) for day in days] == wanted


def test_durations_are_those_of_the_latest_runs_that_began(account: Party, task: Task) -> None:
    row = factories.account_task(client=account.client, task=task)
    for number in range(4):
        begun = factories.NOW + timedelta(hours=number)
        factories.run(
            row, state=State.FAILED, now=begun, started_at=begun, finished_at=begun + timedelta(seconds=number)
        )
    factories.run(row, state=State.SKIPPED, now=factories.NOW + timedelta(days=1))
    factories.run(row, state=State.RUNNING, now=factories.NOW + timedelta(days=1))

    durations = [duration.total_seconds() for _, duration in statistics.latest_durations(row, 3)]

    assert durations == [1, 2, 3]


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(account: Party, task: Task) -> None:
    now = datetime(2026, 3, 28, 11, 30, tzinfo=UTC)
    of_zone(account, "Europe/Paris")
    counts = []
    for number in (1, 30):
        for _ in range(number):
            row = some_account_task(account, task, now, random.Random(number))
            factories.run(row, state=State.FAILED, now=now)
        with CaptureQueriesContext(connection) as queries:
            statistics.slots_per_hour(account.account, statistics.hours_from(now, account.account.zone))
            statistics.next_slots(account.account, 8)
            statistics.latest_days(account.account, today=now.date(), count=30)
            statistics.days_of(row, today=now.date(), count=371)
        counts.append(len(queries))

    assert counts[0] == counts[1] == 6
