"""
Clock changes: where the slots of an account task do not come as one would read them off a clock, in sentences for
people. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from tasks_app.enumerations import Frequency
from tasks_app.schedules import Timetable

NEARLY_A_DAY = timedelta(hours=18)  # no clock change skips more, unless the calendar goes over the date line


@dataclass(frozen=True)
class Upcoming:
    """A slot, in UTC, and what is to be said of it."""

    at: datetime
    remarks: tuple[str, ...] = ()


def upcoming(timetable: Timetable, slots: Sequence[datetime]) -> list[Upcoming]:
    """
    The slots of a timetable, which follow each other, with the clock changes that touch them: a time that the clocks
    skip, one that occurs twice, another offset from UTC than the slot before.
    """
    before: list[datetime | None] = [None, *slots]
    return [Upcoming(slot, tuple(_remarks(timetable, slot, last))) for slot, last in zip(slots, before, strict=False)]


def of_wall_clock(wall: datetime, zone: ZoneInfo) -> str:
    """What becomes of a date and time without a zone that is read in one; nothing if that goes without saying."""
    try:
        actual = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    except OverflowError:
        return ""
    if actual.replace(tzinfo=None) != wall:
        return f"{_skipped(wall, actual)}: {_moved(wall, actual)} is taken instead."
    return f"{_twice(actual)}: the first time is taken." if _occurs_twice(actual) else ""


def _remarks(timetable: Timetable, slot: datetime, before: datetime | None) -> Iterator[str]:
    zone = timetable.zone
    try:
        local = slot.astimezone(zone)
        last = before.astimezone(zone) if before else local
        planned = timetable.planned(slot)
    except OverflowError:  # at the ends of the calendar, where no clock has changed
        return
    skipped = [wall for wall in planned if wall != local.replace(tzinfo=None)]
    for wall in skipped:
        yield f"{_skipped(wall, local)}: it runs {'on' if _is_day(wall, local) else 'at'} {_moved(wall, local)}."
    if timetable.schedule.frequency != Frequency.HOURLY and _occurs_twice(local):
        yield f"{_twice(local)}: it runs once, the {'second' if local.fold else 'first'} time."
    elif not skipped and _offset(last) != _offset(local):
        change = _offset(local) - _offset(last)
        direction = "forward" if change > timedelta(0) else "back"
        became = f"{timezone(_offset(last))} becomes {timezone(_offset(local))}"
        yield f"The clocks go {direction} by {_span(abs(change))} before it: {became}."


def _skipped(wall: datetime, actual: datetime) -> str:
    if _is_day(wall, actual):
        return f"{_day(wall)} does not exist, the calendar goes over the date line"
    return f"{_time(wall)} does not exist on {_day(wall)}, the clocks go forward"


def _moved(wall: datetime, actual: datetime) -> str:
    if _is_day(wall, actual):
        return _day(actual)
    return _time(actual) if actual.date() == wall.date() else f"{_time(actual)} on {_day(actual)}"


def _is_day(wall: datetime, actual: datetime) -> bool:
    return actual.replace(tzinfo=None) - wall > NEARLY_A_DAY


def _twice(moment: datetime) -> str:
    return f"{_time(moment)} occurs twice on {_day(moment)}, the clocks go back"


def _occurs_twice(moment: datetime) -> bool:
    return _offset(moment.replace(fold=0)) > _offset(moment.replace(fold=1))


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B}"


def _span(length: timedelta) -> str:
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    parts = [(hours, "hour"), (minutes, "minute")]
    return " ".join(f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number)
