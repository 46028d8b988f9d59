"""Workers that are lost, late, slow, or told to stop."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from tasks_app import clock, endings, engine, running
from tasks_app.handlers.registry import Work
from tasks_app.models import TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.tasks_app.attempts import SECOND, attempts, execute, expire
from tests.tasks_app.conftest import Told


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


def test_what_a_worker_writes_while_another_one_has_the_run_is_refused(run: TaskRun, told: Told) -> None:
    def late(values: Any, work: Work) -> str:
        expire(run)
        running.sweep()
        assert running._claim(run.pk)
        return "The first."

    told.do = late
    held = execute(run)

    assert (held.state, held.fence, held.summary) == (State.RUNNING, 2, "The worker was lost.")
    assert attempts(run) == [(1, "WORKER_LOST", "The worker was lost."), (2, "", "")]


@pytest.mark.parametrize("wrong", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_machine_whose_clock_is_wrong_takes_no_lease(
    run: TaskRun, settings: Settings, monkeypatch: pytest.MonkeyPatch, wrong: timedelta
) -> None:
    right = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: right() + wrong)
    running._claim(run.pk)

    running.sweep()

    run.refresh_from_db()
    assert (run.state, run.fence) == (State.RUNNING, 1)
    assert run.leased_until
    assert abs(run.leased_until - right() - settings.LEASE) < timedelta(minutes=1)


def test_a_run_that_can_not_be_taken_back_stops_no_other(run: TaskRun, monkeypatch: pytest.MonkeyPatch) -> None:
    other = factories.run(run.account_task, state=State.QUEUED)
    for each in (run, other):
        assert running._claim(each.pk)
        expire(each)
    end = endings.end

    def broken(ended: TaskRun, *rest: Any) -> bool:
        if ended.pk == run.pk:
            raise ValueError("it can't be")
        return end(ended, *rest)

    monkeypatch.setattr(running, "end", broken)
    TaskRun.objects.filter(pk=run.pk).update(leased_until=clock.now() - timedelta(hours=1))  # the first to be looked at

    running.sweep()

    assert TaskRun.objects.get(state=State.RUNNING) == run


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
