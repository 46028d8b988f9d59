"""Counting in the database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from clients_app import limits, writes
from clients_app.models import AuditEntry, Counter
from clients_app.models.keys import new_key
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


def done(*names: str) -> list[AuditEntry]:
    return [AuditEntry(row_id=new_key(), by="ann", action=name, kind="x", at=NOW) for name in names]


@pytest.mark.django_db
@pytest.mark.parametrize("most", [2, 3])
def test_several_are_counted_one_by_one_and_nothing_else_is_done_if_it_was_too_much(most: int) -> None:
    limits.count("a", most=9, window=MINUTE, now=NOW)
    asked = [{"a": 9, "b": most}, {"c": 9, "b": most}, {"a": 9, "b": most}]

    then = writes.insertions(done("this", "that"), done("another"))
    budgets = limits.count_one_by_one(asked, window=MINUTE, now=NOW, then=then)

    assert [budget.left for budget in budgets] == [most - 1, most - 2, most - 3]
    assert dict(Counter.objects.values_list("key", "count")) == {"a": 3, "b": 3, "c": 1}
    expected = {"this", "that", "another"} if most == 3 else set()
    assert set(AuditEntry.objects.values_list("action", flat=True)) == expected


@pytest.mark.django_db(transaction=True)
def test_what_can_not_be_done_is_not_counted_either() -> None:
    twice = done("this")

    with pytest.raises(IntegrityError):
        limits.count_one_by_one([{"a": 9}], window=MINUTE, now=NOW, then=writes.insertions(done("that"), twice + twice))

    assert not Counter.objects.exists()
    assert not AuditEntry.objects.exists()
