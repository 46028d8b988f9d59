"""The history by the month, on PostgreSQL: each slot once in all of it, and what is old goes with its tables."""

import logging
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from clients_app.models.keys import first_key_of, key_of
from tasks_app import dispatch, history, partitions
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Attempt, Notification, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.factories import Party

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one table")

THEN = datetime(2031, 5, 17, 12, tzinfo=UTC)  # behind all that the migrations have made
DAY = timedelta(days=1)


@pytest.fixture
def months(db: None) -> None:
    partitions.prepare(THEN)


def slot_run(account_task: AccountTask, due_at: datetime, *, state: State = State.SUCCEEDED) -> TaskRun:
    return factories.run(account_task, id=key_of(account_task.pk, due_at), due_at=due_at, state=state, now=due_at)


def table_of(run: TaskRun) -> str:
    return table("tasks_app_taskrun", "id", run.pk)


def table(whole: str, column: str, key: UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {whole} WHERE {column} = %s", [key])  # noqa: S608
        [(name,)] = cursor.fetchall()
    return str(name)


def test_this_month_and_the_next_two_have_their_tables(db: None) -> None:
    assert partitions.prepare(THEN) == ["2031-05", "2031-06", "2031-07"]
    assert partitions.prepare(THEN) == []
    assert partitions.prepare(THEN + 30 * DAY) == ["2031-08"]


@pytest.mark.parametrize(
    ("due_at", "name"),
    [
        (datetime(2031, 5, 31, 23, 59, 59, 999_999, tzinfo=UTC), "2031_05"),
        (datetime(2031, 6, 1, tzinfo=UTC), "2031_06"),
        (datetime(2031, 8, 1, tzinfo=UTC), "default"),
        (datetime(2001, 1, 1, tzinfo=UTC), "first"),
    ],
)
def test_a_run_lies_with_its_slot_and_its_attempts_with_it(
    months: None, account_task: AccountTask, due_at: datetime, name: str
) -> None:
    run = slot_run(account_task, due_at)
    Attempt.objects.create(run=run, number=1, worker="w", started_at=due_at)

    assert table_of(run) == f"tasks_app_taskrun_{name}"
    assert table("tasks_app_attempt", "run_id", run.pk) == f"tasks_app_attempt_{name}"


def test_a_slot_is_unique_in_all_tables(months: None, account_task: AccountTask) -> None:
    """A key of another month is refused by the month, one of the same month by the slot."""
    due_at = datetime(2031, 6, 30, 23, tzinfo=UTC)
    slot_run(account_task, due_at)

    for moment in (due_at - 40 * DAY, due_at - DAY, due_at, due_at + DAY):
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.run(account_task, id=first_key_of(moment), due_at=due_at, state=State.SUCCEEDED)

    assert TaskRun.objects.count() == 1


def test_runs_of_a_month_that_had_no_table_move_into_it(months: None, account_task: AccountTask) -> None:
    late = datetime(2031, 8, 3, tzinfo=UTC)
    run = slot_run(account_task, late)
    Attempt.objects.create(run=run, number=1, worker="w", started_at=late)

    partitions.prepare(late)

    assert table_of(run) == "tasks_app_taskrun_2031_08"
    assert table("tasks_app_attempt", "run_id", run.pk) == "tasks_app_attempt_2031_08"


def test_months_that_are_over_are_dropped_whole(months: None, account_task: AccountTask) -> None:
    made_by_migrations = [part.name for part in partitions.parts() if part.end < partitions.bound(THEN)]
    may, july = datetime(2031, 5, 20, tzinfo=UTC), datetime(2031, 7, 2, tzinfo=UTC)
    old, kept = slot_run(account_task, may), slot_run(account_task, july)
    Attempt.objects.create(run=old, number=1, worker="w", started_at=may)
    again = factories.run(account_task, id=first_key_of(july), state=State.SUCCEEDED, now=july, retry_of=old)
    told = Notification.objects.create(
        account=account_task.account,
        user=account_task.client.user,
        account_task=account_task,
        run=old,
        subject="Failed",
        text="It failed.",
        created_at=july,
    )

    found = history.prune(before=july, now=july)

    assert found == (0, [*made_by_migrations, "2031_05", "2031_06"])
    assert set(TaskRun.objects.all()) == {kept, again}
    assert Attempt.objects.count() == 0
    again.refresh_from_db()
    told.refresh_from_db()
    assert (again.retry_of_id, told.run_id) == (None, None)
    assert [part.name for part in partitions.parts()][:1] == ["2031_07"]


def test_a_month_stays_until_all_of_it_is_old(months: None, account_task: AccountTask) -> None:
    run = slot_run(account_task, datetime(2031, 5, 2, tzinfo=UTC))

    before_its_end, now = datetime(2031, 5, 31, tzinfo=UTC), datetime(2031, 7, 2, tzinfo=UTC)
    assert history.prune(before=before_its_end, now=now)[0] == 0
    assert TaskRun.objects.get() == run
    assert history.prune(before=before_its_end, now=now, to_the_day=True)[0] == 1


def test_a_month_with_a_run_that_goes_on_stays(
    months: None, account_task: AccountTask, caplog: pytest.LogCaptureFixture
) -> None:
    due_at = datetime(2031, 5, 20, tzinfo=UTC)
    slot_run(account_task, due_at, state=State.QUEUED)
    slot_run(account_task, due_at + DAY)

    with caplog.at_level(logging.WARNING):
        _, dropped = history.prune(before=due_at + 60 * DAY, now=due_at + 60 * DAY)

    assert "2031_05" not in dropped
    assert TaskRun.objects.count() == 2
    assert "1 unfinished runs keep the history of 2031_05" in caplog.text


def test_what_comes_late_for_a_month_that_is_gone_has_its_row_and_is_pruned(
    months: None, account: Party, account_task: AccountTask
) -> None:
    now = datetime(2031, 7, 2, tzinfo=UTC)
    history.prune(before=now, now=now)
    AccountTask.objects.filter(pk=account_task.pk).update(
        next_run_at=datetime(2031, 4, 1, tzinfo=UTC),
        start_at=datetime(2031, 4, 1, tzinfo=UTC),
        frequency=Frequency.NONE,
    )

    dispatch.dispatch_due(now=now)

    skip = TaskRun.objects.get()
    assert (skip.state, table_of(skip)) == (State.SKIPPED, "tasks_app_taskrun_default")
    assert history.prune(before=now + DAY, now=now + DAY)[0] == 1


def test_a_change_of_tables_that_others_stand_in_the_way_of_is_given_up(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "TRIES", 3)
    monkeypatch.setattr("tasks_app.partitions.time.sleep", lambda seconds: None)
    tried = []

    def busy() -> None:
        tried.append(1)
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = 'lock_not_available'; END $$")

    with pytest.raises(Exception, match="busy"):
        partitions.briefly(busy)

    assert len(tried) == 3


def test_the_command_names_the_months_that_it_has_dropped(months: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks_app.clock.now", lambda: datetime(2031, 9, 2, tzinfo=UTC))
    said = StringIO()

    call_command("prune_runs", stdout=said)

    assert said.getvalue().startswith("Deleted 0 runs that were older than 90 days. Dropped whole: first, ")
    assert said.getvalue().endswith(", 2031_05.\n")
