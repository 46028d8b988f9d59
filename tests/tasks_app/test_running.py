"""From the claim of a run to its end: success, deliveries that change nothing, and cancelling."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from clients_app.models import AuditEntry
from tasks_app import clock, running
from tasks_app.enumerations import ContentType
from tasks_app.exceptions import RunFinished
from tasks_app.handlers.registry import LONGEST_LOG, TryAgain, Work
from tasks_app.models import AccountTask, Attempt, Task, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.conftest import Logged
from tests.factories import Party
from tests.tasks_app.attempts import attempts, execute
from tests.tasks_app.conftest import Told

# --- success ----------------------------------------------------------------------------------------------------------


def test_a_run_succeeds(run: TaskRun, account_task: AccountTask, told: Told) -> None:
    done = execute(run)

    account_task.refresh_from_db()
    assert (done.state, done.summary, done.attempts, done.fence) == (State.SUCCEEDED, "Done.", 1, 1)
    assert done.started_at
    assert done.finished_at
    assert done.started_at <= done.finished_at
    assert (account_task.status, account_task.last_run_at) == ("SUCCEEDED", done.started_at)
    assert account_task.last_run_by == "ann@acme.example"
    assert attempts(run) == [(1, "SUCCEEDED", "Done.")]


def test_the_handler_is_given_the_parameters_and_its_work(run: TaskRun, account_task: AccountTask, told: Told) -> None:
    AccountTask.objects.update(parameters='{"Days": 7}')

    execute(run)

    [(values, work)] = told.calls
    assert values == {"Days": 7}
    assert (work.run_id, work.attempt, work.account_task) == (run.pk, 1, account_task)


def test_parameters_in_xml_become_what_the_schema_says(run: TaskRun, told: Told) -> None:
    Task.objects.update(parameter_schema={"type": "object", "properties": {"Days": {"type": "integer"}}})
    AccountTask.objects.update(parameters="<P><Days>7</Days></P>", content_type=ContentType.XML)

    execute(run)

    assert told.calls[0][0] == {"Days": 7}


def test_while_it_runs_the_account_task_is_running(run: TaskRun, account_task: AccountTask, told: Told) -> None:
    seen = []

    def look(values: Any, work: Work) -> str:
        seen.append((AccountTask.objects.get().status, *TaskRun.objects.values_list("state", "fence").get()))
        return ""

    told.do = look
    execute(run)

    assert seen == [("RUNNING", "RUNNING", 1)]


def test_lines_that_a_handler_logs_are_kept_and_bounded(run: TaskRun, told: Told) -> None:
    def talk(values: Any, work: Work) -> str:
        work.log("first\x00line")
        for _ in range(200):
            work.log("x" * 1_000)
        return "s" * 5_000

    told.do = talk
    done = execute(run)

    log = Attempt.objects.get().log
    assert log.startswith("first\ufffdline\nxxx")
    assert LONGEST_LOG <= len(log) <= LONGEST_LOG + 100
    assert len(done.summary) == 1_000


# --- a delivery that is doubled, late or early changes nothing --------------------------------------------------------


@pytest.mark.parametrize("state", [State.RUNNING, State.SUCCEEDED, State.FAILED, State.SKIPPED, State.CANCELLED])
def test_what_is_not_queued_is_not_executed(account_task: AccountTask, told: Told, state: State) -> None:
    run = factories.run(account_task, state=state, now=clock.now())

    again = execute(run)

    assert told.calls == []
    assert (again.state, again.fence) == (state, run.fence)


def test_an_attempt_does_not_begin_before_its_time(run: TaskRun, told: Told) -> None:
    TaskRun.objects.update(next_attempt_at=clock.now() + timedelta(minutes=1))

    assert execute(run).state == State.QUEUED
    assert told.calls == []


def test_a_run_that_was_purged_is_nothing(run: TaskRun, told: Told) -> None:
    TaskRun.objects.all().delete()

    running.execute.func(run.pk.hex)

    assert told.calls == []


# --- cancelling -------------------------------------------------------------------------------------------------------


def test_a_queued_run_is_cancelled_at_once(run: TaskRun, account: Party, account_task: AccountTask, told: Told) -> None:
    running.cancel(run, by=account.caller, now=clock.now())

    account_task.refresh_from_db()
    cancelled = execute(run)
    assert (cancelled.state, cancelled.summary) == (State.CANCELLED, "Cancelled by ann@acme.example.")
    assert account_task.status == "CANCELLED"
    assert told.calls == []
    assert AuditEntry.objects.get(action="run cancelled").row_id == run.pk


def test_a_running_one_is_asked_to_stop_and_is_cancelled_when_it_does(run: TaskRun, account: Party, told: Told) -> None:
    def long(values: Any, work: Work) -> str:
        running.cancel(run, by=account.caller, now=clock.now())
        work.check()
        running.renew()
        work.check()
        return "Never."

    told.do = long
    cancelled = execute(run)

    assert cancelled.state == State.CANCELLED
    assert attempts(run) == [(1, "CANCELLED", "Stopped before it was done.")]


def test_a_cancelled_run_is_not_tried_again(run: TaskRun, account: Party, told: Told) -> None:
    def fail(values: Any, work: Work) -> str:
        running.cancel(run, by=account.caller, now=clock.now())
        raise TryAgain("Answered 503.")

    told.do = fail

    assert execute(run).state == State.CANCELLED


def test_what_is_done_before_it_can_stop_has_succeeded(run: TaskRun, account: Party, told: Told) -> None:
    def finish(values: Any, work: Work) -> str:
        running.cancel(run, by=account.caller, now=clock.now())
        return "Done."

    told.do = finish

    assert execute(run).state == State.SUCCEEDED


def test_a_finished_run_can_not_be_cancelled(run: TaskRun, account: Party) -> None:
    execute(run)

    with pytest.raises(RunFinished):
        running.cancel(run, by=account.caller, now=clock.now())


def test_runs_of_a_deleted_account_task_are_cancelled(run: TaskRun, told: Told) -> None:
    AccountTask.objects.update(deleted_at=clock.now(), next_run_at=None)

    assert execute(run).state == State.CANCELLED
    assert told.calls == []


def test_only_the_latest_run_is_the_status(run: TaskRun, account_task: AccountTask, told: Told) -> None:
    skip = factories.run(account_task, state=State.SKIPPED)
    AccountTask.objects.update(latest_run_id=skip.pk, status=State.SKIPPED)

    done = execute(run)

    account_task.refresh_from_db()
    assert (account_task.status, account_task.last_run_at) == ("SKIPPED", done.started_at)


def test_what_a_handler_logs_tells_of_its_run(run: TaskRun, told: Told, logged: Logged) -> None:
    def do(values: Any, work: Work) -> str:
        logging.getLogger("handler").warning("Here.")
        return "Done."

    told.do = do

    execute(run)

    [event] = [event for event in logged() if event["event"] == "Here."]
    assert (event["run"], event["account_task"]) == (str(run.pk), str(run.account_task_id))
    assert (event["account"], event["attempt"]) == (str(run.account_id), 1)
