"""What the database refuses, whoever asks."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.factories import NOW, Party


@pytest.fixture
def account_task(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start_at": NOW, "finish_at": NOW - timedelta(microseconds=1)},
        {"frequency": 7},
        {"notification": 4},
        {"content_type": "text/plain"},
        {"status": "ASLEEP"},
        {"is_enabled": False, "next_run_at": NOW},
        {"deleted_at": NOW, "next_run_at": NOW},
    ],
)
def test_account_tasks_that_must_never_be(account_task: AccountTask, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountTask.objects.update(**wrong)


@pytest.mark.parametrize(
    "right",
    [
        {"start_at": NOW, "finish_at": NOW},
        {"finish_at": NOW},
        {"next_run_at": NOW},
        {"is_enabled": False, "next_run_at": None},
    ],
)
def test_account_tasks_that_may_be(account_task: AccountTask, right: dict[str, Any]) -> None:
    assert AccountTask.objects.update(**right) == 1


def test_a_slot_has_one_run(account_task: AccountTask) -> None:
    factories.run(account_task, due_at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.run(account_task, due_at=NOW, state=State.SKIPPED)


def test_runs_on_demand_have_no_slot_to_share(account_task: AccountTask) -> None:
    for _ in range(2):
        factories.run(account_task, due_at=None)

    assert account_task.runs.count() == 2


@pytest.mark.parametrize("state", [State.PENDING, "LOST"])
def test_a_run_is_in_a_known_state(account_task: AccountTask, state: str) -> None:
    run = factories.run(account_task)

    with pytest.raises(IntegrityError), transaction.atomic():
        TaskRun.objects.filter(pk=run.pk).update(state=state, next_attempt_at=None)


@pytest.mark.parametrize(
    ("state", "wrong"),
    [
        (State.QUEUED, {"next_attempt_at": None}),
        (State.QUEUED, {"leased_until": NOW}),
        (State.QUEUED, {"finished_at": NOW}),
        (State.RUNNING, {"leased_until": None}),
        (State.RUNNING, {"next_attempt_at": NOW}),
        (State.SUCCEEDED, {"finished_at": None}),
    ],
)
def test_runs_that_must_never_be(account_task: AccountTask, state: State, wrong: dict[str, Any]) -> None:
    run = factories.run(account_task, state=state)

    with pytest.raises(IntegrityError), transaction.atomic():
        TaskRun.objects.filter(pk=run.pk).update(**wrong)


def test_the_zero_guid_is_never_a_task(task: Task) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.create(id=UUID(int=0), name="Zero")


def test_keys_sort_by_the_time_they_were_made(account: Party, task: Task) -> None:
    keys = [factories.account_task(client=account.client, task=task).pk for _ in range(20)]

    assert keys == sorted(keys)
    assert {key.version for key in keys} == {7}


def test_what_is_deleted_or_of_another_account_is_not_there(
    account: Party, neighbour: Party, account_task: AccountTask
) -> None:
    deleted = factories.account_task(client=account.client, task=account_task.task)
    AccountTask.objects.filter(pk=deleted.pk).update(deleted_at=NOW, next_run_at=None)
    factories.account_task(client=neighbour.client, task=account_task.task)

    assert AccountTask.objects.for_account(account.account).get() == account_task


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite makes its plans anew")
@pytest.mark.parametrize(
    ("field", "index"), [("leased_until", "task_run_leased"), ("next_attempt_at", "task_run_queued")]
)
def test_plans_without_parameters_find_what_is_unfinished(db: None, field: str, index: str) -> None:
    query = f"SELECT 1 FROM tasks_app_taskrun WHERE {field} < $1 AND state = $2 ORDER BY {field} LIMIT 1"  # noqa: S608

    assert index in plan_without_parameters(query, "timestamptz, text", "now(), 'RUNNING'", without="sort")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite makes its plans anew")
def test_plans_without_parameters_find_the_unfinished_runs_of_account_tasks(account_task: AccountTask) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tasks_app_taskrun")  # what other tests have left in its indexes costs something too
    for _ in range(50):
        factories.run(account_task, due_at=None, state=State.SUCCEEDED)
    unfinished = TaskRun.objects.unfinished().filter(account_task__in=[account_task]).values("account_task_id")
    query, _ = unfinished.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tasks_app_taskrun")

    plan = plan_without_parameters(query.replace("%s", "$1"), "uuid", "gen_random_uuid()", without="seqscan")
    assert "task_run_unfinished" in plan


def plan_without_parameters(query: str, types: str, values: str, *, without: str) -> str:
    """As PostgreSQL makes it once for all values. without: what it may not do."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_{without} = off")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE looked_at({types}) AS {query}")
        cursor.execute(f"EXPLAIN EXECUTE looked_at({values})")
        plan = str(cursor.fetchall())
        cursor.execute("DEALLOCATE looked_at")  # or it would outlive the test, as the connection does
    return plan


def test_an_account_with_account_tasks_can_not_be_deleted(account_task: AccountTask) -> None:
    """Not by SQL either: the client of the account task keeps it there."""

    @transaction.atomic
    def delete() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM clients_app_account")
        connection.check_constraints()

    with pytest.raises(IntegrityError):
        delete()
