"""Dispatch in lanes: several batches at once, each slot once."""

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from tasks_app import clock, dispatch
from tasks_app.enumerations import Frequency
from tasks_app.management.lanes import Lanes
from tasks_app.models import AccountTask, TaskRun
from tasks_app.schedules import Schedule
from tests import factories
from tests.acceptance.service import wait_until

pytestmark = pytest.mark.usefixtures("committed")

HAS_TWO = connection.vendor == "postgresql"
SLOTS = 11


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    with closing(Lanes()) as lanes:
        yield lanes


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Batches of two, in which threads."""
    seen: list[str] = []
    move = dispatch.dispatch_due

    def dispatch_due(**how: Any) -> int:
        seen.append(threading.current_thread().name)
        return move(**how, limit=2)

    monkeypatch.setattr(dispatch, "BATCH", 2)
    monkeypatch.setattr(dispatch, "dispatch_due", dispatch_due)
    return seen


@pytest.fixture
def due() -> None:
    party, task, now = factories.party(), factories.task(), clock.now()
    for _ in range(SLOTS):
        factories.account_task(client=party.client, task=task, schedule=Schedule(Frequency.HOURLY, now), now=now)


def dispatch_all(lanes: Lanes) -> None:
    while lanes.dispatch():
        pass


def test_nothing_is_due(lanes: Lanes, threads: list[str]) -> None:
    assert not lanes.dispatch()
    assert not lanes.dispatch()
    assert len(threads) == 2
    assert len(set(threads)) == 1


def test_the_second_lane_opens_when_a_batch_is_full(due: None, lanes: Lanes, threads: list[str]) -> None:
    assert lanes.dispatch()
    assert len(threads) == 1

    dispatch_all(lanes)

    assert len(set(threads)) == (2 if HAS_TWO else 1)
    assert TaskRun.objects.count() == SLOTS
    assert TaskRun.objects.values("account_task").distinct().count() == SLOTS
    assert not AccountTask.objects.due(clock.now()).exists()


def test_what_is_due_is_looked_for_only_after_a_batch_that_was_not_full(
    due: None, lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []
    move = dispatch.dispatch_due

    def dispatch_due(*, look_first: bool, **how: Any) -> int:
        if threading.current_thread() is threading.main_thread():
            looks.append(look_first)
        return move(look_first=look_first, **how)

    monkeypatch.setattr(dispatch, "BATCH", SLOTS)
    monkeypatch.setattr(dispatch, "dispatch_due", dispatch_due)

    assert [lanes.dispatch() for _ in range(3)] == [True, False, False]
    assert looks == [True, False, True]


def test_it_closes_when_no_batch_is_full(due: None, lanes: Lanes, threads: list[str]) -> None:
    dispatch_all(lanes)
    threads.clear()

    lanes.dispatch()

    assert len(threads) == 1


@pytest.mark.skipif(not HAS_TWO, reason="SQLite has one lane")
def test_an_outage_in_the_second_lane_is_told_and_passes(
    due: None, lanes: Lanes, threads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, move = threading.current_thread(), dispatch.dispatch_due

    def down(**how: Any) -> int:
        if threading.current_thread() is own:
            return move(**how)
        connection.ensure_connection()
        connection.connection.close()
        return move(**how)

    lanes.dispatch()
    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "dispatch_due", down)
        with pytest.raises(OperationalError):
            dispatch_all(lanes)
    dispatch_all(lanes)

    assert TaskRun.objects.count() == SLOTS


@pytest.mark.skipif(not HAS_TWO, reason="SQLite has one lane")
def test_the_second_lane_does_not_wait_for_the_first(
    due: None, lanes: Lanes, threads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, move = threading.current_thread(), dispatch.dispatch_due
    lanes.dispatch()

    def slow(**how: Any) -> int:
        if threading.current_thread() is own:
            wait_until(lambda: len(threads) >= 4)
        return move(**how)

    monkeypatch.setattr(dispatch, "dispatch_due", slow)
    dispatch_all(lanes)

    assert threads[0] == own.name
    assert own.name not in threads[1:4]
    assert TaskRun.objects.count() == SLOTS


@pytest.mark.skipif(not HAS_TWO, reason="SQLite has one lane")
def test_the_second_lane_ends_with_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "dispatch_due", lambda **how: dispatch.BATCH)
    lanes = Lanes()

    lanes.dispatch()
    lanes.dispatch()
    assert lanes._beside
    lanes.close()

    assert lanes._beside.done()


@pytest.mark.skipif(not HAS_TWO, reason="SQLite has one lane")
def test_the_first_lane_does_not_wait_until_the_second_has_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = iter([dispatch.BATCH, dispatch.BATCH, 0])
    answers: list[bool] = []

    def dispatch_due(**how: Any) -> int:
        return next(moved) if threading.current_thread() is first else dispatch.BATCH

    def three_times() -> None:
        with closing(Lanes()) as lanes:
            answers.extend(lanes.dispatch() for _ in range(3))
        connections.close_all()

    first = threading.Thread(target=three_times, daemon=True)
    monkeypatch.setattr(dispatch, "dispatch_due", dispatch_due)
    first.start()
    first.join(20)

    assert answers == [True, True, True]
    assert not first.is_alive()
