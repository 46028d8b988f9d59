"""
Statistics: the figures of an account and of an account task. Each is counted by the database in one statement, however
many rows there are, and along an index: no row is asked which hour or day it belongs to.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import accumulate, islice, pairwise
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate

from clients_app.models import Account
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import FINISHED, State
from tasks_app.schedules import Schedule

HOUR: Final = timedelta(hours=1)
HOURS: Final = 24  # that are looked ahead
EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Day:
    """slots: how many runs of each state were made; a skip counts as often as it has slots."""

    date: date
    slots: Counter[str] = field(default_factory=Counter)

    @property
    def runs(self) -> int:
        """Those that were not skipped."""
        return self.slots.total() - self.slots[State.SKIPPED]


# --- slots to come ----------------------------------------------------------------------------------------------------


def hours_from(now: datetime, zone: ZoneInfo) -> list[datetime]:
    """
    The beginnings of the next 24 hours and the end of the last, in UTC; the first is the hour that it is in the zone.
    """
    wall = now.astimezone(zone)
    first = now - timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
    return [first.astimezone(UTC) + number * HOUR for number in range(HOURS + 1)]


def slots_per_hour(account: Account, hours: list[datetime]) -> list[int]:
    """How many slots lie between each of these moments and the next. What is overdue counts once, in the first hour."""
    rows = AccountTask.objects.filter(account=account, next_run_at__isnull=False)  # neither paused nor deleted
    is_hourly = Q(frequency=Frequency.HOURLY)
    counts = {"all": Count("pk"), "hourly": Count("pk", filter=is_hourly)}
    slots, hourly = [0] * HOURS, [0] * HOURS
    for part, number, of_these_hourly in _in_parts(rows, "next_run_at", [EVER, *hours[1:]], **counts):
        slots[part] = number - of_these_hourly
        hourly[part] = of_these_hourly
    # Whatever runs hourly has one slot in its first hour and in each one after it, until it is over.
    for last, number in _last_hours(rows.filter(is_hourly), hours):
        if last + 1 < HOURS:
            hourly[last + 1] -= number
    for part in _second_slots(rows, hours, account.zone):
        slots[part] += 1
    return [once + again for once, again in zip(slots, accumulate(hourly), strict=True)]


def next_slots(account: Account, count: int) -> list[tuple[datetime, AccountTask]]:
    """The next slots of all account tasks, in order: they are among those of the first so many account tasks."""
    rows = AccountTask.objects.filter(account=account, next_run_at__isnull=False).select_related("task")
    first = rows.order_by("next_run_at", "pk")[:count]
    for row in first:
        row.account = account  # joined, it would lead SQLite to sort all of them
    slots = merge(*([(slot, row) for slot in row.slots_to_come(count)] for row in first), key=itemgetter(0))
    return list(islice(slots, count))


def _last_hours(hourly: QuerySet[AccountTask], hours: list[datetime]) -> Iterator[tuple[int, int]]:
    """Of those that end within these hours: the hour of the last slot, and how many there are."""
    ending = hourly.filter(next_run_at__lt=hours[-1], finish_at__lt=hours[-1]).order_by()
    for next_run_at, finish_at, number in ending.values_list("next_run_at", "finish_at").annotate(Count("pk")):
        last_at = next_run_at + (finish_at - next_run_at) // HOUR * HOUR
        yield max(0, (last_at - hours[0]) // HOUR), number


def _second_slots(rows: QuerySet[AccountTask], hours: list[datetime], zone: ZoneInfo) -> Iterator[int]:
    """
    The hours of second slots: where clocks go forward a day is shorter than 24 hours, so that what runs daily, and has
    its first slot at the beginning, comes round again before the end.
    """
    gap = _gap(hours[0] - HOURS * HOUR, hours[-1], zone)
    if not gap:
        return
    daily = rows.filter(frequency=Frequency.DAILY, next_run_at__gte=hours[0], next_run_at__lt=hours[0] + gap)
    facts = daily.values_list("next_run_at", "start_at", "finish_at", "created_at")
    for next_run_at, start_at, finish_at, created_at in facts.iterator():
        schedule = Schedule(Frequency.DAILY, start_at, finish_at)
        timetable = schedule.timetable(registered_at=created_at, zone=zone)
        second = timetable.next_after(next_run_at) if next_run_at else None
        if second and second < hours[-1]:
            yield (second - hours[0]) // HOUR


def _gap(start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
    """By how much the clocks of the zone go forward between these moments, at most."""
    moments = [start + number * HOUR for number in range((end - start) // HOUR + 1)]
    offsets = [moment.astimezone(zone).utcoffset() or timedelta(0) for moment in moments]
    return max((later - earlier for earlier, later in pairwise(offsets)), default=timedelta(0))


# --- runs of the past -------------------------------------------------------------------------------------------------


def latest_days(account: Account, *, today: date, count: int) -> list[Day]:
    """So many days of the account's zone up to today, with the finished runs that were made on each."""
    days = _days_up_to(today, count)
    edges = [_midnight(day, account.zone) for day in [*days, today + timedelta(days=1)]]
    runs = TaskRun.objects.filter(account=account)
    # Not grouped by state: SQLite would sort all of them for that.
    sums = {state.value: Sum("slots", filter=Q(state=state), default=0) for state in FINISHED}
    found = [Day(day) for day in days]
    for part, *slots in _in_parts(runs, "created_at", edges, **sums):
        found[part].slots.update(dict(zip(sums, slots, strict=True)))
    return found


def switched_off(account: Account) -> list[tuple[str, int]]:
    """The names of tasks that the catalogue has switched off, and how many account tasks would run but for that."""
    off = dict(Task.objects.filter(is_enabled=False).values_list("pk", "name"))
    rows = AccountTask.objects.filter(account=account, next_run_at__isnull=False, task__in=off).order_by()
    counts = rows.values_list("task").annotate(Count("pk"))
    return sorted((off[task], number) for task, number in counts)


def days_of(account_task: AccountTask, *, today: date, count: int) -> list[Day]:
    """The same for one account task, whose runs are few enough to be asked for their day one by one."""
    zone = account_task.account.zone
    found = {day: Day(day) for day in _days_up_to(today, count)}
    runs = account_task.runs.finished().filter(created_at__gte=_midnight(min(found), zone)).order_by()
    for day, state, slots in runs.values_list(TruncDate("created_at", tzinfo=zone), "state").annotate(Sum("slots")):
        if day in found:
            found[day].slots[state] = slots
    return list(found.values())


def latest_durations(account_task: AccountTask, count: int) -> list[tuple[TaskRun, timedelta]]:
    """The latest finished runs that began, the oldest first, and how long each took, waits for attempts included."""
    begun = account_task.runs.finished().filter(started_at__isnull=False).order_by("-created_at", "-id")
    spans = [(run, run.finished_at, run.started_at) for run in begun[:count]]
    return [(run, max(end - start, timedelta(0))) for run, end, start in reversed(spans) if start and end]


def _days_up_to(today: date, count: int) -> list[date]:
    return [today - timedelta(days=number) for number in reversed(range(count))]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _in_parts(rows: QuerySet[Any], name: str, edges: list[datetime], **figures: Any) -> Any:
    """
    The figures of the rows of an account between each edge and the next, as rows of the number of the part and the
    figures; none for a part without rows. One statement with a range of the index for each part: to ask each row for
    its part takes ten times as long, on SQLite a hundred times.
    """
    parts = [
        rows.order_by()
        .filter(**{f"{name}__gte": start, f"{name}__lt": end})
        .values("account")
        .annotate(part=Value(number), **figures)
        .values_list("part", *figures)
        for number, (start, end) in enumerate(pairwise(edges))
    ]
    return parts[0].union(*parts[1:], all=True)
