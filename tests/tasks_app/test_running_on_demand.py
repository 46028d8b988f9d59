"""Runs at once, and again."""

from datetime import timedelta

import pytest

from clients_app.models import AuditEntry
from tasks_app import dispatch, engine
from tasks_app.exceptions import RunInProgress, RunNotFinished, TaskNotFound
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State, Trigger
from tests import factories
from tests.factories import NOW, Party, hourly

HOUR = timedelta(hours=1)


def test_a_run_at_once_is_queued_beside_the_schedule(account: Party, task: Task) -> None:
    account_task = hourly(account, task)

    run = dispatch.run_now(account_task, trigger=Trigger.API, by=account.caller, now=NOW)

    account_task.refresh_from_db()
    entry = AuditEntry.objects.get(action="run asked for")
    assert (run.due_at, run.state, run.trigger, run.asked_by) == (None, "QUEUED", "API", "ann@acme.example")
    assert (account_task.next_run_at, account_task.status) == (NOW + HOUR, "QUEUED")
    assert engine.on_their_way(engine.EXECUTE) == {run.pk}
    assert (entry.by, entry.client, entry.row_id) == ("ann@acme.example", account.client, run.pk)


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_one_run_at_a_time(account: Party, task: Task, state: State) -> None:
    account_task = hourly(account, task)
    factories.run(account_task, state=state)

    with pytest.raises(RunInProgress):
        dispatch.run_now(account_task, trigger=Trigger.USER, by=account.caller, now=NOW)

    assert TaskRun.objects.count() == 1


def test_a_paused_account_task_can_be_run_at_once(account: Party, task: Task) -> None:
    account_task = hourly(account, task)
    AccountTask.objects.update(is_enabled=False, next_run_at=None)

    run = dispatch.run_now(account_task, trigger=Trigger.USER, by=account.caller, now=NOW)

    assert run.state == State.QUEUED


def test_a_task_that_is_switched_off_is_not_run_at_once(account: Party, task: Task) -> None:
    account_task = hourly(account, task)
    Task.objects.update(is_enabled=False)

    with pytest.raises(TaskNotFound):
        dispatch.run_now(account_task, trigger=Trigger.USER, by=account.caller, now=NOW)


def test_a_deleted_account_task_is_not_run_at_once(account: Party, task: Task) -> None:
    account_task = hourly(account, task)
    AccountTask.objects.update(deleted_at=NOW, next_run_at=None)

    with pytest.raises(AccountTask.DoesNotExist):
        dispatch.run_now(account_task, trigger=Trigger.USER, by=account.caller, now=NOW)


def test_running_a_failed_run_again_makes_a_new_one_that_is_linked_to_it(account: Party, task: Task) -> None:
    failed = factories.run(hourly(account, task), state=State.FAILED, due_at=NOW)

    again = dispatch.run_again(failed, by=account.caller, now=NOW + HOUR)

    assert (again.retry_of, again.due_at, again.trigger, again.state) == (failed, None, "RETRY", "QUEUED")
    assert TaskRun.objects.get(pk=failed.pk).state == State.FAILED


def test_a_run_that_is_not_finished_is_not_run_again(account: Party, task: Task) -> None:
    queued = factories.run(hourly(account, task))

    with pytest.raises(RunNotFinished):
        dispatch.run_again(queued, by=account.caller, now=NOW)
