"""
Charts: numbers to shapes, which templates draw as SVG. Pure: nothing here knows a row or a request. Lengths are whole
units of the picture's own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from tasks_app.pages.durations import lasting

WIDTH, HEIGHT = 480, 130  # of the bars
LEFT, TOP, BELOW = 48, 16, 24  # room for the figures beside, above and below them
CELL, STEP = 11, 13  # a day of the calendar, and from one to the next
LEVELS: Final = 4
ORDER: Final = ("SUCCEEDED", "FAILED", "CANCELLED", "SKIPPED")  # from the ground up
WEEKDAYS: Final = ("Mon", "", "Wed", "", "Fri", "", "")


@dataclass(frozen=True)
class Rect:
    """kind: the class that it is drawn in; title: what it says when one points at it."""

    x: int
    y: int
    width: int
    height: int
    kind: str
    title: str


@dataclass(frozen=True)
class Label:
    """y: of the foot of the text. anchor: which end of the text stands at x: start, middle or end."""

    x: int
    y: int
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Line:
    x1: int
    y1: int
    x2: int
    y2: int
    kind: str = "grid-line"
    title: str = ""


@dataclass(frozen=True)
class Chart:
    """kind: the class of the whole; crosses: what is marked besides its colour."""

    width: int
    height: int
    rects: Sequence[Rect] = ()
    labels: Sequence[Label] = ()
    lines: Sequence[Line] = ()
    crosses: Sequence[Label] = ()
    kind: str = "chart"


@dataclass(frozen=True)
class Part:
    """A part of a bar: how much of which kind."""

    kind: str
    amount: float


@dataclass(frozen=True)
class Bar:
    """parts: from the ground up; title: of all of it; label: below it, if any; is_marked: with a cross above it."""

    parts: Sequence[Part]
    title: str
    label: str = ""
    is_marked: bool = False


# --- bars -------------------------------------------------------------------------------------------------------------


def bars(
    drawn: Sequence[Bar],
    *,
    room: int = 1,
    least: float = 1,
    figure: Callable[[float], str] = "{:,.0f}".format,
    lines: Sequence[tuple[float, str, str]] = (),
) -> Chart:
    """
    Bars beside each other, the largest as high as there is room. room: for so many at the least. least: what the
    highest figure of the scale is at the least; figure: says it. lines: across all bars, each at an amount, with a
    class and a title.
    """
    sums = [sum(part.amount for part in bar.parts) for bar in drawn]
    top = _round_up(max(sums, default=0), least)
    slot = WIDTH / max(room, len(drawn))
    rects, labels, crosses = [], [], []
    for number, (bar, amount) in enumerate(zip(drawn, sums, strict=True)):
        left, right = LEFT + round(number * slot), LEFT + round((number + 1) * slot)
        width = max(1, right - left - (3 if slot >= 8 else 1))
        foot = 0.0
        for part in bar.parts:
            if part.amount:
                y, height = _span(foot, foot + part.amount, top)
                rects.append(Rect(left, y, width, height, part.kind, bar.title))
            foot += part.amount
        if bar.label:
            labels.append(Label(left + width // 2, TOP + HEIGHT + 16, bar.label))
        if bar.is_marked:
            crosses.append(Label(left + width // 2, _y(amount, top) - 3, bar.title))
    across = [Line(LEFT, _y(amount, top), LEFT + WIDTH, _y(amount, top)) for amount in (0, top / 2, top)]
    across += [Line(LEFT, _y(amount, top), LEFT + WIDTH, _y(amount, top), *words) for amount, *words in lines]
    beside = [Label(LEFT - 6, _y(amount, top) + 4, figure(amount), "end") for amount in (0, top)]
    return Chart(LEFT + WIDTH, TOP + HEIGHT + BELOW, rects, [*labels, *beside], across, crosses)


def _span(foot: float, head: float, top: float) -> tuple[int, int]:
    """y and height; what is there at all can be seen."""
    upper, lower = _y(head, top), _y(foot, top)
    return (upper, lower - upper) if lower > upper else (lower - 1, 1)


def _y(amount: float, top: float) -> int:
    return TOP + HEIGHT - round(HEIGHT * amount / top)


def _round_up(most: float, least: float) -> float:
    """The next number above it that is 1, 2 or 5 times a power of ten; `least`, itself one, at the least."""
    step = least
    while True:
        for factor in (1, 2, 5):
            if step * factor >= most:
                return step * factor
        step *= 10


# --- what is drawn in bars --------------------------------------------------------------------------------------------


def hours_ahead(slots: Sequence[int], hours: Sequence[datetime], zone: ZoneInfo) -> tuple[Chart, list[str]]:
    """
    The slots of each hour, and a sentence for each hour in which the clocks change. hours: the beginnings of the hours
    and the end of the last.
    """
    walls = [hour.astimezone(zone) for hour in hours]
    drawn, changes = [], []
    for number, ((start, end), amount) in enumerate(zip(pairwise(walls), slots, strict=True)):
        shift = (end.utcoffset() or timedelta(0)) - (start.utcoffset() or timedelta(0))
        if shift:
            way = "forward" if shift > timedelta(0) else "back"
            changes.append(f"Clocks go {way} by {lasting(abs(shift))} between {start:%H:%M} and {end:%H:%M}.")
        title = f"{start:%H:%M} to {end:%H:%M}: {_of(amount, 'slot')}" + (f". {changes[-1]}" if shift else "")
        label = f"{start:%H:%M}" if number % 3 == 0 else ""
        drawn.append(Bar([Part("busy", amount)], title, label, is_marked=bool(shift)))
    return bars(drawn), changes


def days(counts: Sequence[tuple[date, Mapping[str, int]]]) -> Chart:
    """A stack for each day, of the numbers of each state; a label for each Monday."""
    drawn = []
    for day, numbers in counts:
        parts = [Part(state.lower(), numbers.get(state, 0)) for state in ORDER]
        label = f"{day.day} {day:%b}" if day.weekday() == 0 else ""
        drawn.append(Bar(parts, f"{day.day} {day:%b}: {told(numbers)}", label))
    return bars(drawn)


def durations(runs: Sequence[tuple[str, timedelta, str]]) -> tuple[Chart, timedelta]:
    """
    A bar for each run, a line at the median, which comes beside it. runs: the state, how long it took, and when that
    was, in words. Not without any.
    """
    middle = timedelta(seconds=median(duration.total_seconds() for _, duration, _ in runs))
    drawn = [
        Bar(
            [Part(state.lower(), max(duration.total_seconds(), 0.001))],
            f"{when}: {lasting(duration)}, {state.lower()}",
            is_marked=state == "FAILED",
        )
        for state, duration, when in runs
    ]
    line = (middle.total_seconds(), "median", f"Median: {lasting(middle)}")
    return bars(drawn, room=30, least=0.01, figure=_seconds, lines=[line]), middle


def calendar(counts: Sequence[tuple[date, Mapping[str, int]]]) -> Chart:
    """
    A square for each day, a column for each week from Monday on; the darker the more runs were made, which skips do not
    count for. A day with a failed run has a cross as well.
    """
    most = max((_runs(numbers) for _, numbers in counts), default=0)
    start = counts[0][0] - timedelta(days=counts[0][0].weekday())
    rects, crosses, months = [], [], []
    for day, numbers in counts:
        week, weekday = divmod((day - start).days, 7)
        x, y = 32 + week * STEP, TOP + weekday * STEP
        failed = numbers.get("FAILED", 0)
        title = f"{day.day} {day:%b %Y}: {told(numbers)}"
        rects.append(Rect(x, y, CELL, CELL, "failed" if failed else _level(_runs(numbers), most), title))
        if failed:
            crosses.append(Label(x + CELL // 2, y + CELL - 2, title))
        if day.day == 1:
            months.append(Label(x, TOP - 5, f"{day:%b}", "start"))
    beside = [Label(26, TOP + n * STEP + CELL - 1, name, "end") for n, name in enumerate(WEEKDAYS) if name]
    weeks = (counts[-1][0] - start).days // 7 + 1
    return Chart(32 + weeks * STEP + 12, TOP + 7 * STEP, rects, [*months, *beside], crosses=crosses, kind="heat")


def _level(runs: int, most: int) -> str:
    return f"level-{ceil(LEVELS * runs / most)}" if runs else "none"


def _runs(numbers: Mapping[str, int]) -> int:
    return sum(number for state, number in numbers.items() if state != "SKIPPED")


# --- words ------------------------------------------------------------------------------------------------------------


def told(numbers: Mapping[str, int]) -> str:
    """Such as "4 succeeded, 1 failed"; "nothing" if all are 0."""
    return ", ".join(f"{numbers[state]:,} {state.lower()}" for state in ORDER if numbers.get(state)) or "nothing"


def _seconds(amount: float) -> str:
    return lasting(timedelta(seconds=amount))


def _of(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
