"""From the claim of a run to its end, whatever happens in between."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from clients_app.models import Account, AuditEntry
from tasks_app import clock, engine, running
from tasks_app.enumerations import ContentType
from tasks_app.exceptions import RunFinished
from tasks_app.handlers.registry import LONGEST_LOG, Refused, TryAgain, Work
from tasks_app.models import AccountTask, Attempt, Task, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.factories import Party
from tests.tasks_app.conftest import Told

SECOND = timedelta(seconds=1)


@pytest.fixture
def account_task(account: Party, told: Told) -> AccountTask:
    return factories.account_task(client=account.client, task=factories.task(handler="told"), now=clock.now())


@pytest.fixture
def run(account_task: AccountTask) -> TaskRun:
    """Queued, and the latest of its account task."""
    run = factories.run(account_task, now=clock.now() - SECOND)
    AccountTask.objects.update(latest_run_id=run.pk, status=State.QUEUED)
    return run


def execute(run: TaskRun) -> TaskRun:
    running.execute.func(run.pk.hex)
    return TaskRun.objects.get(pk=run.pk)


def attempts(run: TaskRun) -> list[tuple[Any, ...]]:
    return list(run.tries.values_list("number", "outcome", "summary"))


def raising(error: Exception) -> Callable[[Any, Work], str]:
    def do(values: Any, work: Work) -> str:
        raise error

    return do


def expire(run: TaskRun) -> None:
    """The worker has not renewed its lease in time."""
    TaskRun.objects.filter(pk=run.pk, state=State.RUNNING).update(leased_until=clock.now() - SECOND)


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


# --- no success -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (TryAgain("Answered 503."), "TRY_AGAIN", "Answered 503."),
        (RuntimeError("secret detail"), "ERROR", "An internal error has occurred."),
    ],
)
def test_what_may_succeed_later_is_tried_again(
    run: TaskRun, told: Told, error: Exception, outcome: str, reason: str
) -> None:
    told.do = raising(error)

    waiting = execute(run)

    now = clock.now()
    assert (waiting.state, waiting.attempts, waiting.summary) == (State.QUEUED, 1, reason)
    assert waiting.next_attempt_at
    assert now - SECOND <= waiting.next_attempt_at <= now + running.FIRST_WAIT
    assert attempts(run) == [(1, outcome, reason)]
    assert engine.on_their_way(engine.EXECUTE) == {run.pk}


def test_an_internal_error_is_logged_with_its_traceback_and_shown_without(
    run: TaskRun, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    told.do = raising(RuntimeError("secret detail"))

    done = execute(run)

    attempt = Attempt.objects.get()
    incident = attempt.log.removeprefix("Incident ")
    assert "secret detail" not in done.summary + attempt.summary + attempt.log
    assert f"incident {incident}: run {run.pk}" in caplog.text
    assert "RuntimeError: secret detail" in caplog.text


def test_what_no_attempt_helps_fails_at_once(run: TaskRun, account_task: AccountTask, told: Told) -> None:
    told.do = raising(Refused("Answered 404."))

    failed = execute(run)

    account_task.refresh_from_db()
    assert (failed.state, failed.summary, account_task.status) == (State.FAILED, "Answered 404.", "FAILED")
    assert attempts(run) == [(1, "REFUSED", "Answered 404.")]


@pytest.mark.parametrize(
    ("handler", "reason"), [("", "The task has no handler."), ("nobody", "No handler is called nobody.")]
)
def test_a_run_without_a_handler_fails_and_says_so(run: TaskRun, handler: str, reason: str) -> None:
    Task.objects.update(handler=handler)

    failed = execute(run)

    assert (failed.state, failed.summary) == (State.FAILED, reason)


def test_parameters_that_are_not_as_the_handler_has_them_fail(run: TaskRun, told: Told) -> None:
    told.schema |= {"type": "object", "required": ["Url"]}

    failed = execute(run)

    assert (failed.state, failed.summary) == (State.FAILED, "Parameters lacks Url.")
    assert told.calls == []


@pytest.mark.parametrize("model", [Task, Account])
def test_what_was_switched_off_meanwhile_is_not_executed(run: TaskRun, told: Told, model: Any) -> None:
    model.objects.update(is_enabled=False)

    assert execute(run).state == State.FAILED
    assert told.calls == []


def test_the_eighth_attempt_is_the_last(run: TaskRun, told: Told) -> None:
    told.do = raising(TryAgain("Answered 503."))
    for _ in range(8):
        TaskRun.objects.filter(state=State.QUEUED).update(next_attempt_at=clock.now() - SECOND)
        run = execute(run)

    assert (run.state, run.attempts) == (State.FAILED, 8)
    assert run.summary == "Answered 503. That was attempt 8, the last one."
    assert len(told.calls) == 8


@pytest.mark.parametrize(("hours", "state"), [(23.9, State.QUEUED), (24.1, State.FAILED)])
def test_no_attempt_begins_after_24_hours(run: TaskRun, told: Told, hours: float, state: State) -> None:
    TaskRun.objects.update(created_at=clock.now() - timedelta(hours=hours))
    told.do = raising(TryAgain("Answered 503."))

    assert execute(run).state == state


def test_a_wait_that_was_asked_for_is_kept(run: TaskRun, told: Told) -> None:
    told.do = raising(TryAgain("Answered 429.", after=timedelta(hours=2)))

    waiting = execute(run)

    assert waiting.next_attempt_at
    assert waiting.next_attempt_at > clock.now() + timedelta(minutes=119)


def test_a_wait_of_more_than_24_hours_is_the_end(run: TaskRun, told: Told) -> None:
    told.do = raising(TryAgain("Answered 429.", after=timedelta(hours=25)))

    failed = execute(run)

    assert (failed.state, failed.summary) == (State.FAILED, "Answered 429. There is no attempt after 24 hours.")


def test_waits_grow_with_full_jitter_and_end_within_24_hours() -> None:
    longest = [running.wait_after(attempt, chance=1) for attempt in range(1, 8)]

    assert longest == sorted(longest)
    assert (longest[0], longest[-1]) == (timedelta(seconds=15), timedelta(hours=6))
    assert sum(longest, timedelta()) < running.OLDEST
    assert running.wait_after(5, chance=0) == timedelta(0)
    assert running.wait_after(5, chance=0.5) == longest[4] / 2


# --- lost workers and late ones ---------------------------------------------------------------------------------------


def test_a_run_whose_worker_is_lost_goes_back_to_the_queue(run: TaskRun, told: Told) -> None:
    running._claim(run.pk)  # and then nothing: the worker is dead
    expire(run)

    running.sweep()

    run.refresh_from_db()
    assert (run.state, run.attempts) == (State.QUEUED, 1)
    assert attempts(run) == [(1, "WORKER_LOST", "The worker was lost.")]
    assert execute(run).state == State.SUCCEEDED


def test_a_lease_that_still_holds_is_respected(run: TaskRun) -> None:
    running._claim(run.pk)

    running.sweep()

    run.refresh_from_db()
    assert (run.state, run.fence) == (State.RUNNING, 1)


def test_what_a_worker_writes_after_it_lost_its_lease_is_refused(
    run: TaskRun, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    def late(values: Any, work: Work) -> str:
        told.do = lambda values, work: "The second."
        expire(run)
        running.sweep()
        running.execute.func(run.pk.hex)
        return "The first."

    told.do = late
    done = execute(run)

    assert (done.summary, done.fence) == ("The second.", 2)
    assert attempts(run) == [(1, "WORKER_LOST", "The worker was lost."), (2, "SUCCEEDED", "The second.")]
    assert f"run {run.pk}: attempt 1 came too late" in caplog.text


def test_a_run_that_kills_its_workers_is_given_up(run: TaskRun) -> None:
    for _ in range(8):
        assert running._claim(run.pk)
        expire(run)
        running.sweep()

    run.refresh_from_db()
    assert (run.state, run.summary) == (State.FAILED, "The worker was lost. That was attempt 8, the last one.")


def test_a_delivery_that_got_lost_is_made_again(run: TaskRun) -> None:
    TaskRun.objects.update(next_attempt_at=clock.now() - timedelta(seconds=31))
    assert engine.on_their_way(engine.EXECUTE) == set()

    running.sweep()
    again = running.sweep()

    assert engine.on_their_way(engine.EXECUTE) == {run.pk}
    assert again == 0


def test_a_worker_renews_the_leases_of_what_it_executes(run: TaskRun, told: Told, settings: Settings) -> None:
    leases = []

    def long(values: Any, work: Work) -> str:
        TaskRun.objects.update(leased_until=clock.now() + SECOND)
        running.renew()
        leases.append(TaskRun.objects.get().leased_until)
        work.check()
        return ""

    told.do = long
    execute(run)

    assert leases[0] > clock.now() + settings.LEASE - timedelta(seconds=20)
    assert running._held == {}


def test_an_attempt_that_takes_too_long_is_ended_and_tried_again(
    run: TaskRun, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def long(values: Any, work: Work) -> str:
        running._held[run.pk].deadline = time.monotonic() - 1
        running.renew()
        return "Too late."

    told.do = long
    waiting = execute(run)

    assert (waiting.state, waiting.summary) == (State.QUEUED, "The attempt took too long.")
    assert attempts(run) == [(1, "TIMED_OUT", "The attempt took too long.")]


def test_a_worker_that_goes_down_releases_its_runs_and_the_attempt_does_not_count(run: TaskRun, told: Told) -> None:
    def long(values: Any, work: Work) -> str:
        assert running.release() == 1
        work.check()
        return "Never."

    told.do = long
    released = execute(run)

    assert (released.state, released.attempts, released.fence) == (State.QUEUED, 0, 1)
    assert attempts(run) == [(1, "STOPPED", "The worker was stopped.")]
    assert engine.on_their_way(engine.EXECUTE) == {run.pk}


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
