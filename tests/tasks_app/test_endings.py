"""What becomes of a run whose attempt did not succeed."""

from datetime import timedelta
from typing import Any

import pytest

from clients_app.models import Account
from tasks_app import clock, endings, engine
from tasks_app.handlers.registry import Refused, TryAgain
from tasks_app.models import AccountTask, Attempt, Task, TaskRun
from tasks_app.models.task_run import State
from tests.tasks_app.attempts import SECOND, attempts, execute, raising
from tests.tasks_app.conftest import Told


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
    assert now - SECOND <= waiting.next_attempt_at <= now + endings.FIRST_WAIT
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


def test_a_task_that_asks_for_less_than_its_handler_does_not_call_it(run: TaskRun, told: Told) -> None:
    told.schema |= {"type": "object", "required": ["Url"]}
    Task.objects.update(parameter_schema={"type": "object"})

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
    longest = [endings.wait_after(attempt, chance=1) for attempt in range(1, 8)]

    assert longest == sorted(longest)
    assert (longest[0], longest[-1]) == (timedelta(seconds=15), timedelta(hours=6))
    assert sum(longest, timedelta()) < endings.OLDEST
    assert endings.wait_after(5, chance=0) == timedelta(0)
    assert endings.wait_after(5, chance=0.5) == longest[4] / 2
