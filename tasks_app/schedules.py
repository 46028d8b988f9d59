"""
Schedules: which moments are the slots of an account task. Pure: nothing here asks what time it is.

All slots are counted from the anchor, never from the last run, so that nothing drifts: from 31 January the months go by
28 February and 31 March. Frequencies of a day and longer keep the anchor's wall-clock time in the zone of the account.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from itertools import count, islice, pairwise, takewhile
from typing import Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from tasks_app.enumerations import Frequency

PERIODS: Final = {
    Frequency.HOURLY: timedelta(hours=1),
    Frequency.DAILY: timedelta(days=1),
    Frequency.WEEKLY: timedelta(weeks=1),
}
MONTHS: Final = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}
DAYS_OF_400_YEARS: Final = 146_097  # after which the calendar repeats itself, days of the week included
FIRST_YEAR_END: Final = datetime(1, 12, 31, tzinfo=UTC)
STILL_FRESH: Final = timedelta(hours=24)  # how late a slot may be run


@dataclass(frozen=True)
class Schedule:
    """
    start_at: the first slot, None for "as registered". finish_at: the last moment that may be one, None for no end.

    Raises ValidationError under finish_at if that lies before start_at.
    """

    frequency: Frequency
    start_at: datetime | None = None
    finish_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.start_at and self.finish_at and self.finish_at < self.start_at:
            raise ValidationError({"finish_at": "must not be before the start date"})

    def timetable(self, *, registered_at: datetime, zone: ZoneInfo) -> "Timetable":
        """
        Its slots in the zone of an account. Without a start the anchor is the moment of registration, and the first
        slot comes one period later; NONE without a start has no slot at all.
        """
        return Timetable(self, self.start_at or registered_at, zone)


@dataclass(frozen=True)
class Span:
    """Slots that follow each other: how many, the first and the last of them."""

    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Timetable:
    """The slots of a schedule, counted from the anchor. Moments are in UTC."""

    schedule: Schedule
    anchor_at: datetime
    zone: ZoneInfo

    def first_run_at(self, now: datetime) -> datetime | None:
        """
        The next run of an account task that is registered now. What lies in the past is not caught up, but for the
        single slot of NONE: if that is less than 24 hours old it is due at once.
        """
        if self.schedule.frequency == Frequency.NONE:
            return self.next_after(now - STILL_FRESH)
        return self.next_after(now - datetime.resolution)

    def next_after(self, moment: datetime) -> datetime | None:
        """The first slot later than the moment, None if there is none."""
        return self._slot(self._step_after(moment))

    def following(self, moment: datetime) -> Iterator[datetime]:
        """The slots later than the moment, in order; they may have no end."""
        while slot := self.next_after(moment):
            yield slot
            moment = slot

    def beginning_at(self, first: datetime | None, count: int) -> list[datetime]:
        """At most so many slots from this one on, itself included; none without it."""
        return list(islice(self.following(first - datetime.resolution), count)) if first else []

    def due(self, next_run_at: datetime | None, now: datetime) -> Span | None:
        """The slots from a next run on up to now."""
        return None if next_run_at is None else self.between(next_run_at - datetime.resolution, now)

    def moved_on(self, next_run_at: datetime, now: datetime) -> tuple[Span | None, datetime | None]:
        """The slots from a next run on up to now, and the first that comes after them."""
        step = max(self._first_step, self._steps_between(self.anchor_at, next_run_at))
        if next_run_at <= now and self._slot(step) == next_run_at:
            following = self._slot(step + 1)
            if following is None or following > now:  # as nearly always, that one is due
                return Span(1, next_run_at, next_run_at), following
        slots = self.due(next_run_at, now)
        return slots, self.next_after(slots.last_at if slots else now)

    def between(self, after: datetime, until: datetime) -> Span | None:
        """The slots later than `after` and not later than `until`, found without going through them; None if none."""
        until = min(until, self.schedule.finish_at or until)
        first, last = self._step_after(after), self._step_after(until) - 1
        first_at, last_at = self._instant(first), self._instant(last)
        if last < first or first_at is None or last_at is None:
            return None
        return Span(last - first + 1 - self._doubled(first, last), first_at, last_at)

    def planned(self, slot: datetime) -> list[datetime]:
        """
        What the clock on the wall is to show at this slot, without a zone: another time than it does show if a clock
        change skips it, two where a day is skipped. None for the anchor, and for what does not follow the wall.
        """
        if self.schedule.frequency in (Frequency.NONE, Frequency.HOURLY):
            return []
        step = self._step_after(slot) - 1
        steps = takewhile(lambda step: step > 0 and self._instant(step) == slot, count(step, -1))
        return [self._wall_clock(step) for step in steps][::-1]

    # --- steps: 0 is the anchor, 1 comes a period later, and so on for ever -------------------------------------------

    def _step_after(self, moment: datetime) -> int:
        """The first step whose instant is later than the moment."""

        def is_later(step: int) -> bool:
            instant = self._instant(step)
            return instant is None or instant > moment

        first = self._first_step
        step = max(first, self._steps_between(self.anchor_at, moment))
        while step > first and is_later(step - 1):
            step -= 1
        while not is_later(step):
            step += 1
        return step

    @property
    def _first_step(self) -> int:
        return 0 if self.schedule.start_at else 1

    def _steps_between(self, start: datetime, end: datetime) -> int:
        """About how many steps there are: a clock change or the end of a month may move it by two."""
        frequency = self.schedule.frequency
        if frequency in PERIODS:
            return (end - start + PERIODS[frequency] / 2) // PERIODS[frequency]
        if frequency in MONTHS:
            return (12 * (end.year - start.year) + end.month - start.month) // MONTHS[frequency]
        return 0

    def _slot(self, step: int) -> datetime | None:
        """The moment of a step, None after the finish."""
        slot, finish_at = self._instant(step), self.schedule.finish_at
        return slot if slot and (finish_at is None or slot <= finish_at) else None

    def _instant(self, step: int) -> datetime | None:
        """The moment of a step, whatever the finish; None after the year 9999, and where NONE has no slot."""
        frequency = self.schedule.frequency
        try:
            if step == 0:
                return self.anchor_at
            if frequency == Frequency.NONE:
                return None
            if frequency == Frequency.HOURLY:
                return self.anchor_at + step * PERIODS[frequency]
            # With fold=0 a time that is skipped lies the gap later, and of a time that occurs twice it is the first.
            return self._wall_clock(step).replace(tzinfo=self.zone).astimezone(UTC)
        except (OverflowError, ValueError):
            return None

    def _wall_clock(self, step: int) -> datetime:
        """The date and time of a step on the wall; the last day of a month that is too short."""
        wall, days_back = self._anchor_on_the_wall
        frequency = self.schedule.frequency
        if frequency in PERIODS:
            return wall + (step * PERIODS[frequency] - timedelta(days=days_back))
        month = 12 * wall.year + wall.month - 1 + step * MONTHS[frequency] - days_back * 4800 // DAYS_OF_400_YEARS
        year, month = divmod(month, 12)
        day = min(wall.day, monthrange(year, month + 1)[1])
        return wall.replace(year=year, month=month + 1, day=day)

    @cached_property
    def _anchor_on_the_wall(self) -> tuple[datetime, int]:
        """
        The anchor's date and time in the zone, and how many days to take off again: where the wall shows the year 0,
        which datetime does not know, the same day 400 years later has to stand for it.
        """
        days = 0 if self.anchor_at > FIRST_YEAR_END else DAYS_OF_400_YEARS
        return (self.anchor_at + timedelta(days=days)).astimezone(self.zone).replace(tzinfo=None), days

    def _doubled(self, first: int, last: int) -> int:
        """How many of these steps have the instant of the one before: the clock skipped the day between them."""
        if self.schedule.frequency != Frequency.DAILY or first == last:
            return 0
        wall, days_back = self._anchor_on_the_wall
        steps = (day.toordinal() - wall.toordinal() + days_back for day in _skipped_days(self.zone))
        return sum(first <= step < last and self._instant(step) == self._instant(step + 1) for step in steps)


@cache
def _skipped_days(zone: ZoneInfo) -> tuple[date, ...]:
    """Days that the zone never had, because its clocks went over the date line: Samoa had no 30 December 2011."""
    months = [datetime(year, month, 1, 12, tzinfo=zone) for year in range(1840, 2101) for month in range(1, 13)]
    leaps = [start for start, end in pairwise(months) if _offset(end) - _offset(start) > timedelta(hours=18)]
    days = [start + timedelta(days=number) for start in leaps for number in range(31)]
    return tuple(day.date() for day in days if day.astimezone(UTC).astimezone(zone).date() != day.date())


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)
