"""Slots: the rules by name. tests/proof/ holds the arithmetic against independent oracles."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.enumerations import Frequency
from tasks_app.schedules import PERIODS, Schedule, Span, Timetable

PARIS = "Europe/Paris"
MICROSECOND = timedelta(microseconds=1)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def timetable(
    frequency: Frequency,
    start: datetime | None = None,
    *,
    zone: str = "UTC",
    finish: datetime | None = None,
    registered: str = "2026-03-10T12:00",
) -> Timetable:
    return Schedule(frequency, start, finish).timetable(registered_at=at(registered), zone=ZoneInfo(zone))


def on_the_wall(table: Timetable, count: int, after: datetime = LONG_AGO) -> list[str]:
    return [f"{slot.astimezone(table.zone):%Y-%m-%d %H:%M}" for slot in islice(table.following(after), count)]


def test_the_start_is_the_first_slot() -> None:
    table = timetable(Frequency.DAILY, at("2026-03-01T09:00"))

    assert on_the_wall(table, 3) == ["2026-03-01 09:00", "2026-03-02 09:00", "2026-03-03 09:00"]


def test_without_a_start_the_first_slot_is_a_period_after_the_registration() -> None:
    assert on_the_wall(timetable(Frequency.WEEKLY), 2) == ["2026-03-17 12:00", "2026-03-24 12:00"]


@pytest.mark.parametrize(
    ("frequency", "slots"),
    [
        (Frequency.HOURLY, ["2026-01-31 09:00", "2026-01-31 10:00", "2026-01-31 11:00", "2026-01-31 12:00"]),
        (Frequency.WEEKLY, ["2026-01-31 09:00", "2026-02-07 09:00", "2026-02-14 09:00", "2026-02-21 09:00"]),
        (Frequency.MONTHLY, ["2026-01-31 09:00", "2026-02-28 09:00", "2026-03-31 09:00", "2026-04-30 09:00"]),
        (Frequency.QUARTERLY, ["2026-01-31 09:00", "2026-04-30 09:00", "2026-07-31 09:00", "2026-10-31 09:00"]),
        (Frequency.YEARLY, ["2026-01-31 09:00", "2027-01-31 09:00", "2028-01-31 09:00", "2029-01-31 09:00"]),
    ],
)
def test_short_months_end_early_and_nothing_drifts(frequency: Frequency, slots: list[str]) -> None:
    assert on_the_wall(timetable(frequency, at("2026-01-31T09:00", PARIS), zone=PARIS), 4) == slots


def test_the_29th_of_february_comes_back_in_leap_years() -> None:
    table = timetable(Frequency.YEARLY, at("2096-02-29T00:00"))

    assert on_the_wall(table, 9)[::4] == ["2096-02-29 00:00", "2100-02-28 00:00", "2104-02-29 00:00"]


def test_a_time_that_the_clock_skips_moves_forward_by_the_gap() -> None:
    table = timetable(Frequency.DAILY, at("2026-03-28T02:30", PARIS), zone=PARIS)

    assert on_the_wall(table, 3) == ["2026-03-28 02:30", "2026-03-29 03:30", "2026-03-30 02:30"]


def test_a_time_that_occurs_twice_runs_once_the_first_time() -> None:
    table = timetable(Frequency.DAILY, at("2026-10-24T02:30", PARIS), zone=PARIS)

    slots = list(islice(table.following(LONG_AGO), 3))

    assert slots == [at("2026-10-24T00:30"), at("2026-10-25T00:30"), at("2026-10-26T01:30")]


def test_hours_are_elapsed_time() -> None:
    table = timetable(Frequency.HOURLY, at("2026-10-24T23:30"), zone=PARIS)

    assert on_the_wall(table, 4) == ["2026-10-25 01:30", "2026-10-25 02:30", "2026-10-25 02:30", "2026-10-25 03:30"]


def test_a_start_in_the_second_of_two_equal_hours_stays_there() -> None:
    table = timetable(Frequency.DAILY, at("2026-10-25T01:30"), zone=PARIS)

    assert next(table.following(LONG_AGO)) == at("2026-10-25T01:30")


@pytest.mark.parametrize(
    ("zone", "start", "slots"),
    [
        ("Pacific/Apia", "2011-12-29T10:00", ["2011-12-29 10:00", "2011-12-31 10:00", "2012-01-01 10:00"]),
        ("Australia/Lord_Howe", "2026-10-03T02:15", ["2026-10-03 02:15", "2026-10-04 02:45", "2026-10-05 02:15"]),
        ("Antarctica/Troll", "2026-03-28T01:30", ["2026-03-28 01:30", "2026-03-29 03:30", "2026-03-30 01:30"]),
        ("America/Havana", "2026-03-07T00:30", ["2026-03-07 00:30", "2026-03-08 01:30", "2026-03-09 00:30"]),
        ("Asia/Beirut", "2026-03-28T00:00", ["2026-03-28 00:00", "2026-03-29 01:00", "2026-03-30 00:00"]),
    ],
)
def test_clock_changes_of_all_kinds(zone: str, start: str, slots: list[str]) -> None:
    assert on_the_wall(timetable(Frequency.DAILY, at(start, zone), zone=zone), 3) == slots


def test_the_finish_is_inclusive() -> None:
    start = at("2026-03-01T09:00")

    assert len(list(timetable(Frequency.DAILY, start, finish=start + timedelta(days=2)).following(LONG_AGO))) == 3
    almost = start + timedelta(days=2) - MICROSECOND
    assert len(list(timetable(Frequency.DAILY, start, finish=almost).following(LONG_AGO))) == 2


def test_a_finish_on_the_second_of_two_equal_hours_includes_the_first() -> None:
    table = timetable(Frequency.DAILY, at("2026-10-24T02:30", PARIS), zone=PARIS, finish=at("2026-10-25T01:30"))

    assert len(list(table.following(LONG_AGO))) == 2


def test_a_window_that_lies_in_the_past_has_no_next_slot() -> None:
    table = timetable(Frequency.HOURLY, at("2020-01-01"), finish=at("2020-12-31"))

    assert table.next_after(at("2026-01-01")) is None


def test_a_finish_before_the_start_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        Schedule(Frequency.DAILY, at("2026-01-01"), at("2026-01-01") - MICROSECOND)

    assert list(refused.value.message_dict) == ["finish_at"]


@pytest.mark.parametrize(
    ("start", "first_run"),
    [
        ("2026-03-10T12:00", "2026-03-10T12:00"),
        ("2026-03-10T13:00", "2026-03-10T13:00"),
        ("2026-03-09T13:00", "2026-03-10T13:00"),
        ("2020-01-01T11:00", "2026-03-11T11:00"),
    ],
)
def test_a_start_in_the_past_is_not_caught_up(start: str, first_run: str) -> None:
    assert timetable(Frequency.DAILY, at(start)).first_run_at(at("2026-03-10T12:00")) == at(first_run)


@pytest.mark.parametrize(
    ("start", "first_run"),
    [
        ("2026-03-11T12:00", "2026-03-11T12:00"),
        ("2026-03-09T12:00:01", "2026-03-09T12:00:01"),
        ("2026-03-09T12:00", None),
        (None, None),
    ],
)
def test_once_is_run_if_it_is_less_than_a_day_late(start: str | None, first_run: str | None) -> None:
    table = timetable(Frequency.NONE, at(start) if start else None)

    assert table.first_run_at(at("2026-03-10T12:00")) == (at(first_run) if first_run else None)


def test_once_has_one_slot() -> None:
    assert on_the_wall(timetable(Frequency.NONE, at("2026-03-10T12:00")), 3) == ["2026-03-10 12:00"]


@pytest.mark.parametrize(
    ("after", "until", "span"),
    [
        ("2026-03-01T00:00", "2026-03-04T00:00", (3, "2026-03-01T09:00", "2026-03-03T09:00")),
        ("2026-03-01T09:00", "2026-03-03T09:00", (2, "2026-03-02T09:00", "2026-03-03T09:00")),
        ("2020-01-01T00:00", "2126-01-01T00:00", (31, "2026-03-01T09:00", "2026-03-31T09:00")),
        ("2026-03-01T09:00", "2026-03-02T08:59", None),
        ("2026-04-01T00:00", "2026-05-01T00:00", None),
        ("2026-03-02T00:00", "2026-03-01T00:00", None),
    ],
)
def test_slots_between_two_moments_are_told_as_a_span(
    after: str, until: str, span: tuple[int, str, str] | None
) -> None:
    table = timetable(Frequency.DAILY, at("2026-03-01T09:00"), finish=at("2026-03-31T09:00"))

    expected = span and Span(span[0], at(span[1]), at(span[2]))
    assert table.between(at(after), at(until)) == expected


def test_a_day_that_never_was_is_not_counted() -> None:
    table = timetable(Frequency.DAILY, at("2011-12-01T10:00", "Pacific/Apia"), zone="Pacific/Apia")

    span = table.between(LONG_AGO, at("2011-12-31T10:00", "Pacific/Apia"))

    assert span
    assert span.count == 30


@pytest.mark.parametrize("frequency", [frequency for frequency in Frequency if frequency != Frequency.NONE])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("anchor", [LONG_AGO, datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)])
def test_the_ends_of_time_are_no_errors(frequency: Frequency, zone: str, anchor: datetime) -> None:
    table = timetable(frequency, anchor, zone=zone)

    for moment in (LONG_AGO, at("2026-03-10T12:00"), datetime.max.replace(tzinfo=UTC)):
        for slot in islice(table.following(moment), 3):
            assert slot > moment
        table.between(LONG_AGO, moment)


@given(
    frequency=st.sampled_from(Frequency),
    zone=st.sampled_from([PARIS, "Pacific/Apia", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"]),
    start=st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001
    days=st.floats(0, 4000),
    length=st.floats(0, 400),
    has_start=st.booleans(),
)
def test_a_span_is_what_one_finds_by_going_through_it(
    frequency: Frequency, zone: str, start: datetime, days: float, length: float, has_start: bool
) -> None:
    anchor = start.replace(tzinfo=UTC)
    table = Timetable(Schedule(frequency, anchor if has_start else None), anchor, ZoneInfo(zone))
    after = anchor + timedelta(days=days - 10)
    until = after + timedelta(days=length if frequency != Frequency.HOURLY else length / 24)

    slots = [slot for slot in islice(table.following(after), 500) if slot <= until]

    assert table.between(after, until) == (Span(len(slots), slots[0], slots[-1]) if slots else None)
    assert slots == sorted(set(slots))
    for slot in slots[:3]:
        assert table.next_after(slot - MICROSECOND) == slot


@given(
    frequency=st.sampled_from(Frequency),
    zone=st.sampled_from([PARIS, "Pacific/Apia", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"]),
    start=st.one_of(
        st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001
        st.datetimes(datetime(2011, 12, 20), datetime(2012, 1, 2)),  # noqa: DTZ001 (Apia skips a day)
    ),
    number=st.integers(0, 30),
    hours_off=st.sampled_from([0, 0, 0, 1, -1]),  # the rules of the zone have changed since
    periods=st.sampled_from([0, 1, 2]) | st.floats(-0.5, 3),
    finish=st.none() | st.floats(0, 40),
)
def test_to_move_on_is_to_span_what_is_due_and_to_find_the_next(
    frequency: Frequency,
    zone: str,
    start: datetime,
    number: int,
    hours_off: int,
    periods: float,
    finish: float | None,
) -> None:
    anchor, period = start.replace(tzinfo=UTC), PERIODS.get(frequency, timedelta(days=30))
    schedule = Schedule(frequency, anchor, None if finish is None else anchor + finish * period)
    table = Timetable(schedule, anchor, ZoneInfo(zone))
    slots = list(islice(table.following(anchor - MICROSECOND), number + 1))
    next_run_at = (slots[-1] if slots else anchor) + timedelta(hours=hours_off)
    now = next_run_at + periods * period

    span = table.between(next_run_at - MICROSECOND, now)

    assert table.moved_on(next_run_at, now) == (span, table.next_after(span.last_at if span else now))
