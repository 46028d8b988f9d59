"""Due slots become runs and skips, and the schedule moves on."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clients_app.models import Account
from tasks_app import dispatch, engine, parameters, registration
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import SCHEDULER, State
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import NOW, Party, hourly

HOUR = timedelta(hours=1)


DAY = timedelta(days=1)


def runs() -> list[tuple[Any, ...]]:
    """In the order of their slots."""
    return list(TaskRun.objects.order_by("due_at").values_list("state", "first_due_at", "due_at", "slots", "summary"))


def test_a_due_slot_becomes_a_queued_run_and_the_schedule_moves_on(account: Party, task: Task) -> None:
    account_task = hourly(account, task)

    moved = dispatch.dispatch_due(now=NOW + HOUR)

    run = TaskRun.objects.get()
    account_task.refresh_from_db()
    assert moved == 1
    assert (run.state, run.due_at, run.trigger, run.asked_by) == (State.QUEUED, NOW + HOUR, "SCHEDULE", SCHEDULER)
    assert (account_task.next_run_at, account_task.status) == (NOW + 2 * HOUR, "QUEUED")
    assert account_task.latest_run_id == run.pk
    assert engine.on_their_way(engine.EXECUTE) == {run.pk}


def test_runs_and_deliveries_come_together_or_not_at_all(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str, ids: Collection[object], **others: object) -> None:
        raise OperationalError("the database is gone")

    account_task = hourly(factories.party(), factories.task())
    monkeypatch.setattr(engine, "deliver", broken)

    with pytest.raises(OperationalError):
        dispatch.dispatch_due(now=NOW + HOUR)

    account_task.refresh_from_db()
    assert runs() == []
    assert account_task.next_run_at == NOW + HOUR


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one dispatcher at a time writes")
def test_what_another_dispatcher_has_is_left_to_it(committed: None) -> None:
    def elsewhere() -> int:
        try:
            return dispatch.dispatch_due(now=NOW + HOUR, limit=1)
        finally:
            connection.close()

    party, task = factories.party(), factories.task()
    both = {hourly(party, task).pk for _ in range(2)}

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        mine = dispatch.dispatch_due(now=NOW + HOUR, limit=1)
        theirs = pool.submit(elsewhere).result(timeout=5)

    assert (mine, theirs) == (1, 1)
    assert set(TaskRun.objects.values_list("account_task", flat=True)) == both


@pytest.mark.parametrize("look_first", [True, False])
def test_what_is_not_due_stays_as_it_is(account: Party, task: Task, look_first: bool) -> None:
    hourly(account, task)

    assert dispatch.dispatch_due(now=NOW + HOUR - timedelta(microseconds=1), look_first=look_first) == 0
    assert runs() == []


def test_a_look_at_what_is_due_needs_no_transaction(account: Party, task: Task) -> None:
    hourly(account, task)

    with CaptureQueriesContext(connection) as queries:
        dispatch.dispatch_due(now=NOW + HOUR - timedelta(microseconds=1))

    assert len(queries) == 1


def test_what_is_due_is_moved_on_without_a_look(account: Party, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    hourly(account, task)
    monkeypatch.setattr(dispatch._DUE, "first", lambda now: None)

    assert dispatch.dispatch_due(now=NOW + HOUR) == 0
    assert dispatch.dispatch_due(now=NOW + HOUR, look_first=False) == 1


def test_a_limit_leaves_the_rest_for_the_next_call_the_longest_due_first(account: Party, task: Task) -> None:
    late, early = (
        factories.account_task(client=account.client, task=task, schedule=Schedule(Frequency.DAILY, NOW + minutes))
        for minutes in (timedelta(minutes=2), timedelta(minutes=1))
    )

    moved = [dispatch.dispatch_due(now=NOW + HOUR, limit=1) for _ in range(3)]

    assert moved == [1, 1, 0]
    assert list(TaskRun.objects.order_by("pk").values_list("account_task", flat=True)) == [early.pk, late.pk]


@pytest.mark.parametrize("missed", [1, 4])
def test_of_the_slots_that_were_missed_the_latest_runs_and_the_others_are_one_skip(
    account: Party, task: Task, missed: int
) -> None:
    account_task = hourly(account, task)

    dispatch.dispatch_due(now=NOW + (missed + 1) * HOUR + HOUR / 2)

    account_task.refresh_from_db()
    assert runs() == [
        ("SKIPPED", NOW + HOUR, NOW + missed * HOUR, missed, dispatch.MISSED),
        ("QUEUED", None, NOW + (missed + 1) * HOUR, 1, ""),
    ]
    assert account_task.next_run_at == NOW + (missed + 2) * HOUR


@pytest.mark.parametrize(
    ("late", "state"), [(DAY - timedelta(microseconds=1), "QUEUED"), (DAY, "SKIPPED"), (6 * DAY, "SKIPPED")]
)
def test_a_slot_of_24_hours_ago_is_not_run_any_more(account: Party, task: Task, late: timedelta, state: str) -> None:
    weekly = factories.account_task(client=account.client, task=task, schedule=Schedule(Frequency.WEEKLY, NOW))

    dispatch.dispatch_due(now=NOW + late)

    weekly.refresh_from_db()
    assert TaskRun.objects.get().state == state
    assert weekly.next_run_at == NOW + 7 * DAY


def test_a_schedule_goes_on_after_years(account: Party, task: Task) -> None:
    account_task = hourly(account, task)

    dispatch.dispatch_due(now=NOW + 3650 * DAY)

    account_task.refresh_from_db()
    assert [(run[0], run[3]) for run in runs()] == [("SKIPPED", 3650 * 24 - 1), ("QUEUED", 1)]
    assert account_task.next_run_at == NOW + 3650 * DAY + HOUR


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_a_slot_that_falls_due_while_a_run_goes_on_is_skipped(account: Party, task: Task, state: State) -> None:
    account_task = hourly(account, task)
    factories.run(account_task, state=state)

    dispatch.dispatch_due(now=NOW + HOUR)

    skip = TaskRun.objects.get(due_at=NOW + HOUR)
    assert (skip.state, skip.summary, skip.first_due_at, skip.slots) == ("SKIPPED", dispatch.OVERLAP, NOW + HOUR, 1)
    assert engine.on_their_way(engine.EXECUTE) == set()


def test_a_finished_run_is_in_nobodys_way(account: Party, task: Task) -> None:
    for state in (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.SKIPPED):
        factories.run(hourly(account, task), state=state)

    dispatch.dispatch_due(now=NOW + HOUR)

    assert TaskRun.objects.filter(state=State.QUEUED).count() == 4


@pytest.mark.parametrize(("model", "reason"), [(Task, dispatch.TASK_OFF), (Account, dispatch.ACCOUNT_OFF)])
def test_what_is_switched_off_is_skipped_with_the_reason(account: Party, task: Task, model: Any, reason: str) -> None:
    hourly(account, task)
    model.objects.update(is_enabled=False)

    dispatch.dispatch_due(now=NOW + 3 * HOUR)

    assert runs() == [("SKIPPED", NOW + HOUR, NOW + 3 * HOUR, 3, reason)]


def test_a_paused_account_task_is_never_due(account: Party, task: Task) -> None:
    hourly(account, task)
    AccountTask.objects.update(is_enabled=False, next_run_at=None)

    assert dispatch.dispatch_due(now=NOW + DAY) == 0


def test_the_last_slot_leaves_no_next_run(account: Party, task: Task) -> None:
    schedule = Schedule(Frequency.HOURLY, NOW, NOW + 2 * HOUR)
    account_task = factories.account_task(client=account.client, task=task, schedule=schedule)

    dispatch.dispatch_due(now=NOW + 9 * HOUR)

    account_task.refresh_from_db()
    assert account_task.next_run_at is None
    assert [run[:4] for run in runs()] == [
        ("SKIPPED", NOW, NOW + HOUR, 2),
        ("QUEUED", None, NOW + 2 * HOUR, 1),
    ]


def test_a_slot_that_has_its_row_gets_no_second_one(account: Party, task: Task) -> None:
    account_task = hourly(account, task)
    dispatch.dispatch_due(now=NOW + HOUR)
    first = TaskRun.objects.get()
    TaskRun.objects.update(state=State.SUCCEEDED, next_attempt_at=None, finished_at=NOW)
    AccountTask.objects.update(next_run_at=NOW + HOUR, status="SUCCEEDED")  # the database was restored

    dispatch.dispatch_due(now=NOW + HOUR)

    account_task.refresh_from_db()
    assert TaskRun.objects.get() == first
    assert (account_task.next_run_at, account_task.status) == (NOW + 2 * HOUR, "SUCCEEDED")
    assert account_task.latest_run_id == first.pk


def test_a_slot_that_is_dispatched_anew_has_the_key_that_it_had(account: Party, task: Task) -> None:
    hourly(account, task)
    dispatch.dispatch_due(now=NOW + HOUR)
    first = TaskRun.objects.get().pk
    TaskRun.objects.all().delete()  # the database was restored, and does not know of it
    AccountTask.objects.update(next_run_at=NOW + HOUR)

    dispatch.dispatch_due(now=NOW + HOUR)

    assert TaskRun.objects.get().pk == first


def test_one_broken_row_stops_no_other(account: Party, task: Task, caplog: pytest.LogCaptureFixture) -> None:
    fine, broken = hourly(account, task), hourly(account, task)
    other = Account.objects.create(name="Broken", time_zone="Nowhere/Atall")
    AccountTask.objects.filter(pk=broken.pk).update(account=other)

    moved = dispatch.dispatch_due(now=NOW + HOUR)

    broken.refresh_from_db()
    assert moved == 2
    assert fine.runs.get().state == State.QUEUED
    assert (broken.runs.get().state, broken.runs.get().summary) == (State.SKIPPED, dispatch.BROKEN)
    assert broken.next_run_at == NOW + HOUR + dispatch.PUSHED_AHEAD
    assert str(broken.pk) in caplog.text


def test_a_slot_that_is_no_longer_one_moves_without_a_run(account: Party, task: Task) -> None:
    account_task = hourly(account, task)
    AccountTask.objects.update(next_run_at=NOW + HOUR / 2)

    dispatch.dispatch_due(now=NOW + HOUR / 2)

    account_task.refresh_from_db()
    assert runs() == []
    assert account_task.next_run_at == NOW + HOUR


def test_changing_a_schedule_says_what_became_of_the_slots_that_were_due(account: Party, task: Task) -> None:
    account_task = hourly(account, task)

    registration.change(
        account_task,
        task_id=task.pk,
        schedule=Schedule(Frequency.DAILY),
        parameters=parameters.read("{}", ContentType.JSON),
        notification=TaskNotification.NONE,
        is_enabled=None,
        by=account.caller,
        now=NOW + 2 * HOUR,
    )

    assert runs() == [("SKIPPED", NOW + HOUR, NOW + 2 * HOUR, 2, registration.CHANGED)]
