"""Keys that tell when, and keys that are always the same."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients_app.models.keys import first_key_of, key_of, new_key

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROW = UUID("0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f")
MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(st.uuids(), MOMENTS)
def test_a_row_has_one_key_for_a_moment_however_often_it_is_made(row: UUID, moment: datetime) -> None:
    key = key_of(row, moment)

    assert key == key_of(row, moment)
    assert (key.version, key.variant) == (7, "specified in RFC 4122")


@given(MOMENTS, MOMENTS)
def test_keys_sort_by_their_moments(one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))

    if later - earlier >= timedelta(milliseconds=1) and later.year >= 1970:
        assert key_of(ROW, earlier) < key_of(ROW, later)


@pytest.mark.parametrize(
    ("row", "moment"),
    [(UUID(int=ROW.int + 1), NOON), (ROW, NOON + datetime.resolution), (ROW, NOON - datetime.resolution)],
)
def test_another_row_or_moment_has_another_key(row: UUID, moment: datetime) -> None:
    assert key_of(row, moment) != key_of(ROW, NOON)


def test_before_1970_moments_share_their_first_bits_and_not_their_keys() -> None:
    keys = [key_of(ROW, datetime(year, 1, 1, tzinfo=UTC)) for year in (1, 1900, 1969)]

    assert {key.int >> 80 for key in keys} == {0}
    assert len(set(keys)) == 3


def test_keys_are_found_by_their_moment() -> None:
    assert first_key_of(NOON) <= key_of(ROW, NOON) < first_key_of(NOON + timedelta(milliseconds=1))
    assert first_key_of(datetime.now(UTC) - timedelta(minutes=1)) < new_key()
