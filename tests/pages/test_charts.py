"""Numbers to shapes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tasks_app.pages import charts, durations
from tasks_app.pages.charts import Bar, Part

MONDAY = date(2026, 11, 23)
FLOOR = charts.TOP + charts.HEIGHT


def hours_of(zone: str, year: int, month: int, day: int) -> list[datetime]:
    first = datetime(year, month, day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return [first + timedelta(hours=number) for number in range(25)]


def test_bars_stand_on_the_ground_and_stay_inside() -> None:
    chart = charts.bars([Bar([Part("succeeded", 3), Part("failed", 2)], "a"), Bar([Part("succeeded", 10)], "b")])

    lower, upper, other = chart.rects
    assert lower.y + lower.height == other.y + other.height == FLOOR
    assert upper.y + upper.height == lower.y
    assert (other.y, other.height) == (charts.TOP, charts.HEIGHT)
    assert lower.height * 2 == pytest.approx(3 * upper.height, abs=2)
    assert lower.x + lower.width <= other.x
    assert other.x + other.width <= chart.width


@pytest.mark.parametrize(
    ("most", "top"), [(0, "1"), (1, "1"), (2, "2"), (3, "5"), (11, "20"), (1_000, "1,000"), (123_456, "200,000")]
)
def test_the_scale_ends_with_a_round_number(most: int, top: str) -> None:
    chart = charts.bars([Bar([Part("busy", most)], "")])

    assert [label.text for label in chart.labels] == ["0", top]


def test_what_is_there_at_all_can_be_seen() -> None:
    chart = charts.bars([Bar([Part("failed", 1)], ""), Bar([Part("succeeded", 1_000_000)], ""), Bar([], "")])

    assert [rect.height for rect in chart.rects] == [1, charts.HEIGHT]


def test_no_bars_are_a_chart_too() -> None:
    assert charts.bars([]).rects == []


def test_hours_bear_the_time_on_the_wall() -> None:
    chart, changes = charts.hours_ahead([1] * 24, hours_of("Asia/Kathmandu", 2026, 11, 25), ZoneInfo("Asia/Kathmandu"))

    assert chart.rects[0].title == "00:00 to 01:00: 1 slot"
    assert [label.text for label in chart.labels][:3] == ["00:00", "03:00", "06:00"]
    assert (changes, chart.crosses) == ([], [])


@pytest.mark.parametrize(
    ("zone", "day", "said"),
    [
        ("Europe/Paris", (2026, 3, 29), "Clocks go forward by 1 h between 01:00 and 03:00."),
        ("Europe/Paris", (2026, 10, 25), "Clocks go back by 1 h between 02:00 and 02:00."),
        ("Australia/Lord_Howe", (2026, 10, 4), "Clocks go forward by 30 min between 01:00 and 02:30."),
    ],
)
def test_clock_changes_are_marked_and_said(zone: str, day: tuple[int, int, int], said: str) -> None:
    chart, changes = charts.hours_ahead([0] * 24, hours_of(zone, *day), ZoneInfo(zone))

    assert changes == [said]
    assert [said in cross.text for cross in chart.crosses] == [True]


def test_days_are_stacked_and_told() -> None:
    chart = charts.days([(MONDAY, {"SKIPPED": 4, "FAILED": 1, "SUCCEEDED": 2}), (date(2026, 11, 24), {})])

    assert [rect.kind for rect in chart.rects] == ["succeeded", "failed", "skipped"]
    assert chart.rects[0].title == "23 Nov: 2 succeeded, 1 failed, 4 skipped"
    assert chart.labels[0].text == "23 Nov"


def test_durations_have_a_line_at_the_median_and_crosses_where_they_failed() -> None:
    runs = [("SUCCEEDED", 1, "a"), ("FAILED", 2, "b"), ("CANCELLED", 30, "c")]

    chart, median = charts.durations([(state, timedelta(seconds=number), when) for state, number, when in runs])

    line = chart.lines[-1]
    assert (median, line.kind, line.title) == (timedelta(seconds=2), "median", "Median: 2 s")
    assert line.y1 == line.y2 == chart.rects[1].y
    assert [rect.kind for rect in chart.rects] == ["succeeded", "failed", "cancelled"]
    assert [cross.text for cross in chart.crosses] == ["b: 2 s, failed"]


def test_runs_that_took_no_time_have_a_bar() -> None:
    chart, _ = charts.durations([("SUCCEEDED", timedelta(0), "a")])

    assert len(chart.rects) == 1


def test_the_calendar_has_a_square_for_each_day_by_week_and_weekday() -> None:
    days = [MONDAY + timedelta(days=number) for number in range(-371 + 3, 3)]
    numbers = {days[-1]: {"SUCCEEDED": 8}, days[-2]: {"SUCCEEDED": 3, "SKIPPED": 50}, days[-3]: {"FAILED": 1}}

    chart = charts.calendar([(day, numbers.get(day, {})) for day in days])

    assert len(chart.rects) == 371
    assert len({(rect.x, rect.y) for rect in chart.rects}) == 371
    assert [rect.kind for rect in chart.rects[-4:]] == ["none", "failed", "level-2", "level-4"]
    assert chart.rects[-3].y == charts.TOP  # a Monday
    assert chart.rects[-2].title == "24 Nov 2026: 3 succeeded, 50 skipped"
    assert [(cross.text, cross.y > charts.TOP) for cross in chart.crosses] == [("23 Nov 2026: 1 failed", True)]
    assert max(rect.x + rect.width for rect in chart.rects) <= chart.width
    assert [label.text for label in chart.labels][:3] == ["Dec", "Jan", "Feb"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.254, "0.25 s"),
        (9.5, "9.5 s"),
        (42.4, "42 s"),
        (59.9, "1 min"),
        (60, "1 min"),
        (65.4, "1 min 5 s"),
        (7_200, "2 h"),
        (273_600, "3 d 4 h"),
        (10**9, "11,574 d 1 h"),
    ],
)
def test_how_long_is_said_in_two_units(seconds: float, said: str) -> None:
    assert durations.lasting(timedelta(seconds=seconds)) == said
