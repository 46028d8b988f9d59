"""
The arithmetic of schedules against independent oracles: dateutil's rrule for the calendar, whenever for the zones.

Each test prints one line of figures; `make proof` shows them. None of the code under test takes part in an expectation.
"""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil import rrule
from whenever import PlainDateTime

from tasks_app.enumerations import Frequency
from tasks_app.schedules import Schedule, Timetable
from tests.proof.conftest import Report

pytestmark = pytest.mark.proof

ZONES = sorted(available_timezones() - {"localtime", "Factory", "posixrules"})
ON_THE_WALL = (Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.YEARLY)
MICROSECOND = timedelta(microseconds=1)


def instant(wall: datetime, zone: str) -> datetime:
    """The oracle of zones: of a skipped time the one a gap later, of a doubled time the first."""
    plain = PlainDateTime(wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second)
    return datetime.fromtimestamp(plain.assume_tz(zone, disambiguation="compatible").to_instant().timestamp(), UTC)


def walls(frequency: Frequency, anchor: datetime) -> Iterator[datetime]:
    """The oracle of the calendar: the dates and times of the steps, the anchor's first."""
    in_short_months: dict[str, Any] = {"bymonthday": (anchor.day, -1), "bysetpos": 1} if anchor.day > 28 else {}
    rules = {
        Frequency.DAILY: lambda: rrule.rrule(rrule.DAILY, anchor),
        Frequency.WEEKLY: lambda: rrule.rrule(rrule.WEEKLY, anchor),
        Frequency.MONTHLY: lambda: rrule.rrule(rrule.MONTHLY, anchor, **in_short_months),
        Frequency.QUARTERLY: lambda: rrule.rrule(rrule.MONTHLY, anchor, interval=3, **in_short_months),
        Frequency.YEARLY: lambda: rrule.rrule(rrule.YEARLY, anchor, bymonth=anchor.month, **in_short_months),
    }
    return iter(rules[frequency]())


def table(frequency: Frequency, anchor_at: datetime, zone: str) -> Timetable:
    return Schedule(frequency, anchor_at).timetable(registered_at=anchor_at, zone=ZoneInfo(zone))


def on_the_wall(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def test_a_million_steps_over_all_zones(report: Report) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    steps = mismatches = 0

    for zone in ZONES:
        for frequency in ON_THE_WALL:
            start = datetime(1990, 1, 1) + timedelta(minutes=chance.randrange(47 * 365 * 1440))  # noqa: DTZ001
            anchor_at = instant(start, zone)
            expected = [anchor_at]
            for wall in islice(walls(frequency, on_the_wall(anchor_at, zone)), 1, 340):
                slot = instant(wall, zone)
                if slot != expected[-1]:
                    expected.append(slot)
            slots = list(islice(table(frequency, anchor_at, zone).following(anchor_at - MICROSECOND), len(expected)))
            steps += len(expected)
            mismatches += sum(slot != right for slot, right in zip(slots, expected, strict=True))

    report(
        "T4",
        f"slots against rrule and whenever (seed {seed})",
        found=f"{steps:,} steps in {len(ZONES)} zones, {mismatches} mismatches",
        wanted="1,000,000 steps, 0 mismatches",
        met=steps >= 1_000_000 and mismatches == 0,
    )


@cache
def transitions(zone: str) -> list[tuple[datetime, timedelta, timedelta]]:
    """The zone's clock changes from 1990 to 2037: the moment in UTC, the offsets before and after."""
    info = ZoneInfo(zone)

    def offset(moment: datetime) -> timedelta:
        return moment.astimezone(info).utcoffset() or timedelta(0)

    found = []
    samples = [datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=days) for days in range(48 * 365 + 12)]
    for low, high in pairwise(samples):
        before, after = offset(low), offset(high)
        if before == after:
            continue
        while high - low > timedelta(seconds=1):
            middle = (low + (high - low) / 2).replace(microsecond=0)
            low, high = (middle, high) if offset(middle) == before else (low, middle)
        found.append((high, before, after))
    return found


def probes(moment: datetime, before: timedelta, after: timedelta) -> Iterator[datetime]:
    """Times on the wall around a clock change: before, at its edges, in the middle of the gap or the fold, after."""
    edges = sorted(((moment + before).replace(tzinfo=None), (moment + after).replace(tzinfo=None)))
    second, middle = timedelta(seconds=1), edges[0] + (edges[1] - edges[0]) / 2
    yield from (edges[0] - second, edges[0], edges[0] + second, middle.replace(microsecond=0))
    yield from (edges[1] - second, edges[1], edges[1] + second)


def step_back(wall: datetime, frequency: Frequency, count: int) -> datetime | None:
    """The anchor of which `wall` is the step of that number; None if the calendar has no such day."""
    if frequency in (Frequency.DAILY, Frequency.WEEKLY):
        return wall - count * timedelta(days=1 if frequency == Frequency.DAILY else 7)
    months = wall.year * 12 + wall.month - 1 - count * (1 if frequency == Frequency.MONTHLY else 12)
    try:
        return wall.replace(year=months // 12, month=months % 12 + 1)
    except ValueError:
        return None


def test_all_clock_changes_from_1990_to_2037(report: Report) -> None:
    changes = checks = touched = mismatches = 0

    for zone in ZONES:
        for moment, before, after in transitions(zone):
            changes += 1
            low, high = sorted((before, after))
            for wall in probes(moment, before, after):
                right = instant(wall, zone)
                is_touched = (moment + low).replace(tzinfo=None) <= wall < (moment + high).replace(tzinfo=None)
                for frequency in (Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY, Frequency.YEARLY):
                    for count in (1, 2, 3):
                        anchor = step_back(wall, frequency, count)
                        if anchor and on_the_wall(instant(anchor, zone), zone) == anchor:
                            break
                    else:
                        continue
                    slots = table(frequency, instant(anchor, zone), zone)
                    checks += 1
                    touched += is_touched
                    mismatches += slots.next_after(right - MICROSECOND) != right

    report(
        "T4",
        "around every clock change from 1990 to 2037",
        found=f"{changes:,} changes, {checks:,} checks, {touched:,} in a gap or a fold, {mismatches} mismatches",
        wanted="20,000 changes, 150,000 in a gap or a fold, 0 mismatches",
        met=changes > 20_000 and touched >= 150_000 and mismatches == 0,
    )


def test_next_only_ever_grows_and_is_found_at_once(report: Report) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    worst, rounds = 0.0, 0

    for _ in range(30_000):
        zone, frequency = chance.choice(ZONES), chance.choice([Frequency.HOURLY, *ON_THE_WALL])
        anchor_at = datetime(1900 + chance.randrange(150), 1, 1, tzinfo=UTC) + timedelta(
            seconds=chance.randrange(365 * 86_400)
        )
        slots = table(frequency, anchor_at, zone)
        moment = anchor_at + timedelta(seconds=chance.randrange(60 * 365 * 86_400))
        began = time.thread_time()
        first = slots.next_after(moment)
        worst = max(worst, time.thread_time() - began)
        assert first is not None
        assert first > moment
        between = moment + (first - moment) * chance.random()
        assert slots.next_after(min(between, first - MICROSECOND)) == first
        second = slots.next_after(first)
        assert second is not None
        assert second > first
        rounds += 1

    report(
        "T4",
        f"the next slot only grows, and is the same from anywhere between two (seed {seed})",
        found=f"{rounds:,} schedules, the slowest in {worst * 1000:.2f} ms",
        wanted="at most 1 ms",
        met=worst <= 0.001,
    )
