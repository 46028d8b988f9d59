"""Bulk changes in the hands of workers: item by item, through breaks and crashes, never twice."""

from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection

from tasks_app import bulk, clock, dispatch, engine, registration
from tasks_app.models import AccountTask, BulkChange, Task, TaskRun
from tasks_app.models.bulk_change import Verb
from tests.factories import NOW, Party
from tests.tasks_app.bulk_changes import HOUR, begun, counts, finished, paused, registered


def test_an_item_that_breaks_stops_no_other(
    account: Party, task: Task, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows, remove = registered(account, task, 3), registration.remove

    def broken(row: AccountTask, **arguments: Any) -> None:
        remove(row, **arguments)
        if row.pk == rows[1].pk:
            raise ZeroDivisionError

    monkeypatch.setattr(registration, "remove", broken)

    change = finished(begun(account, Verb.DELETE))

    assert counts(change) == (2, 0, 1)
    assert change.items.get(account_task=rows[1]).refusal == bulk.BROKEN
    assert AccountTask.objects.for_account(account.account).get() == rows[1]
    assert "can't be done" in caplog.text


def test_an_item_that_another_worker_has_done_is_left_alone(account: Party, task: Task) -> None:
    registered(account, task, 1)
    change = begun(account)
    [key] = change.items.values_list("pk", flat=True)

    for _ in range(2):
        bulk._do(change, key, account.caller, NOW + HOUR)

    assert counts(change) == (1, 0, 0)


def test_an_item_of_what_was_stopped_is_left_alone(account: Party, task: Task) -> None:
    registered(account, task, 1)
    change = begun(account)
    [key] = change.items.values_list("pk", flat=True)
    bulk.stop(change, by=account.caller, now=NOW + HOUR)

    bulk._do(change, key, account.caller, NOW + HOUR)

    assert (counts(change), paused()) == ((0, 0, 0), 0)


def test_after_a_crash_it_goes_on_and_does_nothing_twice(
    account: Party, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(account, task, 5)
    change, run_now, calls = begun(account, Verb.RUN), dispatch.run_now, list[object]()

    def crashing(row: AccountTask, **arguments: Any) -> TaskRun:
        calls.append(row.pk)
        if len(calls) == 3:
            raise OperationalError("the database is gone")
        return run_now(row, **arguments)

    monkeypatch.setattr(dispatch, "run_now", crashing)
    with pytest.raises(OperationalError):
        bulk.step(change, now=NOW)
    assert counts(change) == (2, 0, 0)

    finished(change)

    assert counts(change) == (5, 0, 0)
    assert TaskRun.objects.count() == 5
    assert len(calls) == 6


def test_a_step_does_no_more_than_it_may(account: Party, task: Task) -> None:
    registered(account, task, 3)
    change = begun(account)

    assert bulk.step(change, now=NOW, limit=2)
    assert (counts(change), paused()) == ((2, 0, 0), 2)
    assert not bulk.step(change, now=NOW, limit=2)
    assert not bulk.step(change, now=NOW)
    assert counts(change) == (3, 0, 0)


def test_a_small_one_is_finished_at_once_and_a_large_one_is_delivered(
    account: Party, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    registered(account, task, 2)
    small = begun(account)
    bulk.finish(small, now=NOW)
    registered(account, task, 1)
    large = begun(account)
    bulk.finish(large, now=NOW)

    assert (counts(small), counts(large)) == ((2, 0, 0), (0, 0, 0))
    assert engine.on_their_way(engine.BULK) == {large.pk}


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_a_large_one_batch_by_batch(account: Party, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    monkeypatch.setattr(bulk.step, "__kwdefaults__", {"limit": 2})
    registered(account, task, 5)
    change = begun(account)

    for _ in range(3):  # procrastinate's worker takes itself for idle before a job has delivered the next one
        engine.work(threads=2, stop=Event(), until_idle=True)

    assert (counts(change), paused(), change.is_finished) == ((5, 0, 0), 5, True)
    assert engine.on_their_way(engine.BULK) == set()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")


def test_a_lost_delivery_is_found(account: Party, task: Task) -> None:
    registered(account, task, 2)
    change = begun(account)
    BulkChange.objects.update(worked_at=clock.now())
    assert bulk.sweep() == 0
    BulkChange.objects.update(worked_at=clock.now() - 2 * bulk.LOST_AFTER)

    assert bulk.sweep() == 1

    assert engine.on_their_way(engine.BULK) == {change.pk}
    assert bulk.sweep() == 0
    finished(change)
    BulkChange.objects.update(worked_at=clock.now() - 2 * bulk.LOST_AFTER)
    assert bulk.sweep() == 0
