"""Many account tasks at once: each as if alone, whatever crashes, and never twice."""

from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from clients_app.models import AuditEntry, User
from clients_app.models.user import Role
from tasks_app import bulk, clock, dispatch, engine, registration
from tasks_app.exceptions import BulkChangeFinished, MoreThanExpected, NothingChosen, NotUndoable
from tasks_app.models import AccountTask, BulkChange, Task, TaskRun
from tasks_app.models.bulk_change import Verb
from tasks_app.models.task_run import Trigger
from tests import factories
from tests.factories import NOW, Party

HOUR = timedelta(hours=1)


def registered(party: Party, task: Task, number: int) -> list[AccountTask]:
    return [factories.account_task(client=party.client, task=task) for _ in range(number)]


def begun(account: Party, verb: Verb = Verb.PAUSE, expected: int = 1_000) -> BulkChange:
    rows = AccountTask.objects.all()
    return bulk.begin(account_tasks=rows, verb=verb, expected=expected, by=account.caller, now=NOW + HOUR)


def finished(change: BulkChange) -> BulkChange:
    while bulk.step(change, now=NOW + HOUR):
        pass
    change.refresh_from_db()
    return change


def counts(change: BulkChange) -> tuple[int, int, int]:
    change.refresh_from_db()
    return change.changed, change.unchanged, change.refused


def paused() -> int:
    return AccountTask.objects.filter(is_enabled=False).count()


def test_each_is_changed_with_an_entry_of_its_own(account: Party, neighbour: Party, task: Task) -> None:
    rows = registered(account, task, 3)
    registered(neighbour, task, 1)
    registration.set_enabled(rows[0], False, by=account.caller, now=NOW)
    before = AuditEntry.objects.count()

    change = finished(begun(account))

    assert (change.size, counts(change), change.is_finished) == (3, (2, 1, 0), True)
    assert paused() == 3
    entries = AuditEntry.objects.order_by("id").values_list("action", "by", "address")
    changed = ("account task changed", "ann@acme.example", "127.0.0.1")
    assert list(entries)[before:] == [("bulk change begun", *changed[1:]), changed, changed]


def test_what_is_refused_is_written_down_and_stops_nothing(account: Party, task: Task) -> None:
    busy, gone, _ = registered(account, task, 3)
    dispatch.run_now(busy, trigger=Trigger.USER, by=account.caller, now=NOW)
    change = begun(account, Verb.RUN)
    registration.remove(gone, by=account.caller, now=NOW)

    finished(change)

    assert counts(change) == (1, 0, 2)
    refusals = dict(change.items.values_list("account_task_id", "refusal"))
    assert refusals[busy.pk].startswith("A run of this account task is going on")
    assert refusals[gone.pk] == bulk.GONE
    assert TaskRun.objects.count() == 2


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


@pytest.mark.parametrize("loss", ["role", "switched off", "account", "moved"])
def test_whose_rights_are_gone_changes_nothing_more(account: Party, neighbour: Party, task: Task, loss: str) -> None:
    registered(account, task, 3)
    change = begun(account)
    bulk.step(change, now=NOW, limit=1)
    if loss == "account":
        account.account.is_enabled = False
        account.account.save()
    else:
        losses: dict[str, dict[str, Any]] = {"role": {"role": Role.READER}, "switched off": {"is_active": False}}
        fields = losses.get(loss, {"account": neighbour.account})
        User.objects.filter(pk=account.administrator.pk).update(**fields)

    assert not bulk.step(change, now=NOW)

    assert (counts(change), paused()) == ((1, 0, 0), 1)
    assert change.is_finished
    assert change.stopped_because


def test_stop_leaves_the_rest_as_it_is(account: Party, task: Task) -> None:
    registered(account, task, 3)
    change = begun(account)
    bulk.step(change, now=NOW, limit=1)

    bulk.stop(change, by=account.caller, now=NOW)

    assert not bulk.step(change, now=NOW)
    assert (counts(change), change.stopped_because) == ((1, 0, 0), "Stopped by ann@acme.example.")
    assert AuditEntry.objects.filter(action="bulk change stopped").count() == 1
    with pytest.raises(BulkChangeFinished):
        bulk.stop(change, by=account.caller, now=NOW)


def test_what_is_deleted_comes_back_with_an_undo(account: Party, task: Task) -> None:
    rows = registered(account, task, 2)
    change = finished(begun(account, Verb.DELETE))
    assert not AccountTask.objects.for_account(account.account).exists()
    registration.restore(rows[0], by=account.caller, now=NOW + HOUR)

    undo = finished(bulk.undo(change, by=account.caller, now=NOW + HOUR))

    assert (undo.verb, undo.undo_of, counts(undo)) == (Verb.RESTORE, change, (1, 0, 1))
    assert undo.items.get(account_task=rows[0]).refusal == bulk.NOT_DELETED
    assert AccountTask.objects.for_account(account.account).count() == 2
    assert not undo.is_undoable


def test_an_undo_takes_back_only_what_was_really_changed(account: Party, task: Task) -> None:
    rows = registered(account, task, 3)
    registration.set_enabled(rows[0], False, by=account.caller, now=NOW)
    change = finished(begun(account))

    undo = finished(bulk.undo(change, by=account.caller, now=NOW + HOUR))

    assert (undo.verb, undo.size) == (Verb.RESUME, 2)
    assert list(AccountTask.objects.filter(is_enabled=False)) == [rows[0]]
    again = finished(bulk.undo(undo, by=account.caller, now=NOW + HOUR))
    assert (again.verb, paused()) == (Verb.PAUSE, 3)


def test_what_can_not_be_undone(account: Party, task: Task) -> None:
    registered(account, task, 2)
    going_on, ran = begun(account), finished(begun(account, Verb.RUN))
    nothing = finished(begun(account, Verb.RESUME))
    undone = finished(begun(account))
    bulk.undo(undone, by=account.caller, now=NOW)

    for change in (going_on, ran, nothing, undone):
        with pytest.raises(NotUndoable):
            bulk.undo(change, by=account.caller, now=NOW)


def test_what_can_not_begin(account: Party, neighbour: Party, task: Task) -> None:
    registered(neighbour, task, 2)
    with pytest.raises(NothingChosen):
        begun(account)
    registered(account, task, 2)
    with pytest.raises(MoreThanExpected):
        begun(account, expected=1)

    assert not BulkChange.objects.exists()


def test_no_more_than_the_newest_are_taken(account: Party, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    rows = registered(account, task, 3)

    change = begun(account, expected=3)

    assert {item.account_task_id for item in change.items.all()} == {row.pk for row in rows[1:]}


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


def test_what_is_old_is_deleted_one_by_one_and_its_undo_stays(account: Party, task: Task) -> None:
    registered(account, task, 2)
    old = finished(begun(account))
    undo = finished(bulk.undo(old, by=account.caller, now=NOW))
    going_on = begun(account)
    BulkChange.objects.filter(pk=old.pk).update(finished_at=NOW - bulk.KEPT - HOUR)

    assert [bulk.prune(now=NOW), bulk.prune(now=NOW)] == [1, 0]

    assert set(BulkChange.objects.all()) == {undo, going_on}
    undo.refresh_from_db()
    assert undo.undo_of is None


def test_beginning_costs_the_same_however_many(account: Party, task: Task) -> None:
    numbers = []
    for _ in range(2):
        registered(account, task, 20)
        with CaptureQueriesContext(connection) as queries:
            begun(account)
        numbers.append(len(queries))

    assert numbers[0] == numbers[1]
