"""Many account tasks at once: each as if alone, with what is refused written down, and a way back."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients_app.models import AuditEntry, User
from clients_app.models.user import Role
from tasks_app import bulk, dispatch, registration
from tasks_app.exceptions import BulkChangeFinished, MoreThanExpected, NothingChosen, NotUndoable
from tasks_app.models import AccountTask, BulkChange, Task, TaskRun
from tasks_app.models.bulk_change import Verb
from tasks_app.models.task_run import Trigger
from tests.factories import NOW, Party
from tests.tasks_app.bulk_changes import HOUR, begun, counts, finished, paused, registered


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
