"""What is delivered arrives, once the transaction is through, on whichever engine the database has."""

import json
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection, transaction

from tasks_app import clock, engine
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.factories import Party
from tests.tasks_app.conftest import Told

SECOND = timedelta(seconds=1)


def runs(account: Party, number: int) -> list[TaskRun]:
    """Each of an account task of its own."""
    task = factories.task(handler="told")
    rows = [factories.account_task(client=account.client, task=task, now=clock.now()) for _ in range(number)]
    return [factories.run(row, now=clock.now() - SECOND) for row in rows]


def deliver(runs: list[TaskRun], at: timedelta = timedelta(0)) -> None:
    engine.deliver(engine.EXECUTE, [run.pk for run in runs], at=clock.now() + at)


def work() -> None:
    engine.work(threads=4, stop=Event(), until_idle=True)


def states() -> set[str]:
    return set(TaskRun.objects.values_list("state", flat=True))


@pytest.mark.usefixtures("committed")
def test_what_is_delivered_is_executed_once(account: Party, told: Told) -> None:
    waiting = runs(account, 20)
    deliver(waiting)
    deliver(waiting[:10])

    work()

    assert states() == {State.SUCCEEDED}
    assert len(told.calls) == 20
    assert engine.on_their_way(engine.EXECUTE) == set()


@pytest.mark.usefixtures("committed")
def test_what_is_rolled_back_was_never_delivered(account: Party, told: Told) -> None:
    waiting = runs(account, 1)
    with transaction.atomic():
        deliver(waiting)
        transaction.set_rollback(True)

    work()

    assert engine.on_their_way(engine.EXECUTE) == set()
    assert states() == {State.QUEUED}


@pytest.mark.usefixtures("committed")
def test_what_is_delivered_for_later_waits(account: Party, told: Told) -> None:
    waiting = runs(account, 1)
    deliver(waiting, at=timedelta(hours=1))

    work()

    assert told.calls == []
    assert engine.on_their_way(engine.EXECUTE) == {waiting[0].pk}


@pytest.mark.usefixtures("committed")
def test_a_worker_ends_when_it_is_told_to(account: Party, told: Told) -> None:
    stop = Event()
    stop.set()
    deliver(runs(account, 1))

    engine.work(threads=2, stop=stop)

    assert told.calls == []


@pytest.mark.django_db
def test_deliveries_of_one_kind_are_told_from_those_of_another(account: Party, told: Told) -> None:
    waiting = runs(account, 1)
    deliver(waiting)

    assert engine.on_their_way(engine.EXECUTE) == {waiting[0].pk}
    assert engine.on_their_way(engine.MAIL) == set()


@pytest.mark.django_db
def test_a_delivery_with_a_worker_that_does_nothing_is_on_its_way_no_more(account: Party, told: Told) -> None:
    waiting = runs(account, 1)
    deliver(waiting)
    with_a_worker(31)

    assert engine.on_their_way(engine.EXECUTE) == set()


@pytest.mark.django_db
def test_a_delivery_that_a_worker_has_just_taken_is_on_its_way(account: Party, told: Told) -> None:
    waiting = runs(account, 1)
    deliver(waiting)
    with_a_worker(5)

    assert engine.on_their_way(engine.EXECUTE) == {waiting[0].pk}


@pytest.mark.django_db
def test_deliveries_that_are_done_with_are_pruned(account: Party, told: Told, task: Task) -> None:
    deliver(runs(account, 2))
    with_a_worker(3 * 24 * 3600)
    deliver(runs(account, 1))

    assert engine.prune() >= 2
    assert len(engine.on_their_way(engine.EXECUTE)) == 1


@pytest.mark.django_db
def test_nothing_to_deliver_is_nothing(account: Party) -> None:
    deliver([])

    assert engine.on_their_way(engine.EXECUTE) == set()
    assert AccountTask.objects.count() == 0


def with_a_worker(seconds: int) -> None:
    """All deliveries were taken by a worker so long ago."""
    taken_at = clock.now() - timedelta(seconds=seconds)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "UPDATE django_tasks_database_dbtaskresult SET status = 'RUNNING', started_at = %s",
                [connection.ops.adapt_datetimefield_value(taken_at)],
            )
        else:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
            cursor.execute("UPDATE procrastinate_events SET at = %s", [taken_at])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the embedded engine's workers ask")
@pytest.mark.usefixtures("committed")
def test_workers_are_told_once_of_what_is_delivered_together(account: Party) -> None:
    with connection.cursor() as cursor:
        cursor.execute('LISTEN "procrastinate_any_queue_v1"; LISTEN "procrastinate_queue_v1#default"')
        deliver(runs(account, 20))
        told = [(each.channel, json.loads(each.payload)) for each in connection.connection.notifies(timeout=0.5)]
        cursor.execute("SELECT min(id) FROM procrastinate_jobs")
        [first] = cursor.fetchone()
        cursor.execute("UNLISTEN *")

    once = {"type": "job_inserted", "job_id": first}
    assert told == [("procrastinate_queue_v1#default", once), ("procrastinate_any_queue_v1", once)]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the embedded engine keeps no events")
@pytest.mark.django_db
def test_what_nobody_reads_of_a_delivery_is_not_written(account: Party) -> None:
    deliver(runs(account, 3))
    with_a_worker(5)

    with connection.cursor() as cursor:
        cursor.execute("SELECT type, count(*) FROM procrastinate_events GROUP BY type")
        assert cursor.fetchall() == [("started", 3)]
