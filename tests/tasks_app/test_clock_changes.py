"""What people are told of clock changes that touch slots."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tasks_app import clock_changes
from tasks_app.enumerations import Frequency
from tasks_app.schedules import Schedule

PARIS, NEW_YORK, LORD_HOWE, APIA = "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"


def told(zone: str, start: datetime | str, frequency: Frequency = Frequency.DAILY, count: int = 3) -> list[list[str]]:
    """What is said of each of the first slots; start: an instant, or a wall-clock time in the zone."""
    if isinstance(start, str):
        start = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    table = Schedule(frequency, start.astimezone(UTC)).timetable(registered_at=start, zone=ZoneInfo(zone))
    slots = table.beginning_at(start.astimezone(UTC), count)
    assert [slot.at for slot in clock_changes.upcoming(table, slots)] == slots
    return [list(slot.remarks) for slot in clock_changes.upcoming(table, slots)]


@pytest.mark.parametrize(
    ("zone", "start", "remarks"),
    [
        (
            PARIS,
            "2027-03-27T02:30",
            [
                [],
                ["02:30 does not exist on 28 March, the clocks go forward: it runs at 03:30."],
                [],
            ],
        ),
        (
            PARIS,
            "2026-10-24T02:30",
            [
                [],
                ["02:30 occurs twice on 25 October, the clocks go back: it runs once, the first time."],
                ["The clocks go back by 1 hour before it: UTC+02:00 becomes UTC+01:00."],
            ],
        ),
        (
            PARIS,
            "2027-03-27T09:00",
            [[], ["The clocks go forward by 1 hour before it: UTC+01:00 becomes UTC+02:00."], []],
        ),
        (
            LORD_HOWE,
            "2026-10-03T02:15:07",
            [[], ["02:15:07 does not exist on 4 October, the clocks go forward: it runs at 02:45:07."], []],
        ),
        (
            LORD_HOWE,
            "2026-10-03T09:00",
            [[], ["The clocks go forward by 30 minutes before it: UTC+10:30 becomes UTC+11:00."], []],
        ),
        (
            LORD_HOWE,
            "2027-04-03T01:45",
            [
                [],
                ["01:45 occurs twice on 4 April, the clocks go back: it runs once, the first time."],
                ["The clocks go back by 30 minutes before it: UTC+11:00 becomes UTC+10:30."],
            ],
        ),
        (
            NEW_YORK,
            "2027-03-13T02:30",
            [[], ["02:30 does not exist on 14 March, the clocks go forward: it runs at 03:30."], []],
        ),
        (
            APIA,
            "2011-12-29T10:00",
            [[], ["30 December does not exist, the calendar goes over the date line: it runs on 31 December."], []],
        ),
        (
            "America/Nuuk",
            "2027-03-26T23:30",
            [[], ["23:30 does not exist on 27 March, the clocks go forward: it runs at 00:30 on 28 March."], []],
        ),
        ("UTC", "2027-03-27T02:30", [[], [], []]),
    ],
)
def test_what_is_said_of_the_slots_around_a_clock_change(zone: str, start: str, remarks: list[list[str]]) -> None:
    assert told(zone, start) == remarks


def test_hours_are_elapsed_time_and_run_through_both_of_two_equal_ones() -> None:
    assert told(PARIS, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), Frequency.HOURLY) == [
        [],
        ["The clocks go back by 1 hour before it: UTC+02:00 becomes UTC+01:00."],
        [],
    ]


def test_a_start_in_the_second_of_two_equal_hours_is_called_so() -> None:
    first, *_ = told(PARIS, datetime(2026, 10, 25, 1, 30, tzinfo=UTC), Frequency.NONE)

    assert first == ["02:30 occurs twice on 25 October, the clocks go back: it runs once, the second time."]


def test_months_between_which_the_clocks_went_forward_and_back_have_nothing_to_say() -> None:
    assert told(PARIS, "2026-03-10T09:00", Frequency.YEARLY) == [[], [], []]
    assert told(PARIS, "2026-03-10T09:00", Frequency.MONTHLY)[1] != []


@pytest.mark.parametrize(
    ("zone", "wall", "said"),
    [
        (PARIS, "2027-03-28T02:30", "02:30 does not exist on 28 March, the clocks go forward: 03:30 is taken instead."),
        (PARIS, "2026-10-25T02:30", "02:30 occurs twice on 25 October, the clocks go back: the first time is taken."),
        (
            APIA,
            "2011-12-30T10:00",
            "30 December does not exist, the calendar goes over the date line: 31 December is taken instead.",
        ),
        (PARIS, "2026-10-25T03:30", ""),
        (PARIS, "0001-01-01T00:00", ""),
        (NEW_YORK, "9999-12-31T23:59", ""),
    ],
)
def test_what_becomes_of_a_time_that_somebody_types(zone: str, wall: str, said: str) -> None:
    assert clock_changes.of_wall_clock(datetime.fromisoformat(wall), ZoneInfo(zone)) == said


@pytest.mark.parametrize("zone", [NEW_YORK, "Asia/Tokyo"])
@pytest.mark.parametrize("start", [datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_have_no_clock_changes(zone: str, start: datetime) -> None:
    assert told(zone, start) in ([[], [], []], [[]])
