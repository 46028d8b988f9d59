"""Counting in the database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from clients_app import limits
from clients_app.models import Counter
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def one_window() -> None:
    """Windows as they always are: these tests say at what moment."""


@pytest.mark.django_db
def test_no_more_than_most_in_a_window() -> None:
    for _ in range(3):
        limits.count("key", most=3, window=MINUTE, now=NOW)

    with pytest.raises(limits.LimitReached) as reached:
        limits.count("key", most=3, window=MINUTE, now=NOW + timedelta(seconds=20))

    assert reached.value.wait == timedelta(seconds=40)


@pytest.mark.django_db
def test_the_next_window_and_other_keys_start_at_nothing() -> None:
    for _ in range(2):
        limits.count("key", most=2, window=MINUTE, now=NOW)

    limits.count("key", most=1, window=MINUTE, now=NOW + MINUTE)
    limits.count("another", most=1, window=MINUTE, now=NOW)


@pytest.mark.django_db
def test_what_is_taken_back_does_not_count() -> None:
    for _ in range(5):
        limits.count("key", most=1, window=MINUTE, now=NOW)
        limits.take_back("key", window=MINUTE, now=NOW)


@pytest.mark.django_db
def test_counters_of_old_windows_are_cleared_away() -> None:
    limits.count("key", most=1, window=MINUTE, now=NOW)

    limits.count("key", most=1, window=MINUTE, now=NOW + DAY + 2 * MINUTE)

    assert Counter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_callers_at_the_same_instant_can_not_slip_through_together() -> None:
    def attempt(_: int) -> bool:
        try:
            limits.count("key", most=10, window=MINUTE, now=NOW)
        except limits.LimitReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        let_through = list(pool.map(attempt, range(40)))

    assert let_through.count(True) == 10
    assert Counter.objects.get().count == 40
