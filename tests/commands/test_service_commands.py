"""The commands that do the work: each once, in the test's own process."""

import json
import time
from contextlib import closing
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from clients_app.models import Session
from tasks_app import clock, dispatch, health
from tasks_app.enumerations import Frequency
from tasks_app.management.commands import run_dispatcher
from tasks_app.management.lanes import Lanes
from tasks_app.models import AccountTask, BulkChange, Heartbeat, Notification, Task, TaskRun
from tasks_app.models.bulk_change import Verb
from tasks_app.models.task_run import State
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import Party

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output, stderr=output, no_color=True)
    return output.getvalue()


def due(account: Party, task: Task) -> AccountTask:
    now = clock.now()
    return factories.account_task(client=account.client, task=task, schedule=Schedule(Frequency.HOURLY, now), now=now)


def test_the_dispatcher_once(account: Party, task: Task) -> None:
    for _ in range(3):
        due(account, task)

    run("run_dispatcher", "--once")

    assert set(TaskRun.objects.values_list("state", flat=True)) == {State.QUEUED}
    assert TaskRun.objects.count() == 3


def test_the_dispatcher_once_takes_back_what_was_abandoned(account: Party, task: Task) -> None:
    abandoned = factories.run(due(account, task), state=State.RUNNING, now=clock.now() - 2 * MINUTE)

    run("run_dispatcher", "--once")

    abandoned.refresh_from_db()
    assert abandoned.state == State.QUEUED
    assert readyz() == (200, "ok\n")


def test_the_dispatcher_logs_what_is_wrong(account: Party, task: Task, caplog: pytest.LogCaptureFixture) -> None:
    now = clock.now()
    factories.run(due(account, task), state=State.QUEUED, now=now - 10 * MINUTE)

    with closing(Lanes()) as lanes:
        dispatcher = run_dispatcher._Dispatcher(lanes)
        for _ in range(3):
            dispatcher.step()

    said = [record.message for record in caplog.records if record.name == run_dispatcher.__name__]
    assert said == ["There are runs that no worker has begun for five minutes: start run_worker."]


@pytest.mark.parametrize(("seconds", "longest"), [(0.03, 0.02), (0.06, run_dispatcher.SHORTEST_PAUSE)])
def test_the_dispatcher_looks_as_often_when_there_is_something_to_do(
    seconds: float, longest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Lanes()) as lanes:
        dispatcher = run_dispatcher._Dispatcher(lanes)
        dispatcher.step()  # with all that it does now and then
        monkeypatch.setattr(lanes, "dispatch", lambda: time.sleep(seconds))

        assert 0 < dispatcher.step() <= longest


def test_the_dispatcher_forgets_sessions_that_are_over() -> None:
    for key, days in (("over", -1), ("live", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=clock.now() + timedelta(days=days))

    run_dispatcher._prune()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["live"]


def test_prune_runs(account: Party, task: Task) -> None:
    account_task = due(account, task)
    for days in (1, 89, 91, 400):
        factories.run(account_task, state=State.SUCCEEDED, now=clock.now() - timedelta(days=days))

    assert run("prune_runs", "--to-the-day") == "Deleted 2 runs that were older than 90 days.\n"
    assert run("prune_runs", "--to-the-day", "--keep-days", "7") == "Deleted 1 runs that were older than 7 days.\n"


@pytest.mark.parametrize("days", ["0", "-1", "99999999"])
def test_prune_runs_refuses_what_makes_no_sense(days: str) -> None:
    with pytest.raises(CommandError, match="--keep-days must be from 1 to"):
        run("prune_runs", "--keep-days", days)


def test_run_task(account: Party, task: Task) -> None:
    account_task = due(account, task)

    printed = json.loads(run("run_task", str(account_task.pk), "--json"))

    made = TaskRun.objects.get()
    assert printed == {"ID": str(made.pk), "State": "QUEUED", "Summary": ""}
    assert (made.account_task, made.asked_by, made.due_at) == (account_task, "run_task", None)


def test_run_task_says_why_not(account: Party, task: Task) -> None:
    account_task = due(account, task)
    run("run_task", str(account_task.pk))

    with pytest.raises(CommandError, match="A run of this account task is going on"):
        run("run_task", str(account_task.pk))
    with pytest.raises(CommandError, match="There is no account task"):
        run("run_task", str(task.pk))


# --- health -----------------------------------------------------------------------------------------------------------


def readyz() -> tuple[int, str]:
    response: Any = Client().get("/readyz")
    return response.status_code, response.content.decode()


def test_ready_while_the_dispatcher_reports() -> None:
    health.beat(health.DISPATCHER, now=clock.now())

    assert readyz() == (200, "ok\n")


def test_not_ready_before_a_dispatcher_has_run() -> None:
    assert readyz() == (503, "No dispatcher has ever run: start run_dispatcher.\n")


def test_not_ready_while_dispatching_has_stopped() -> None:
    health.beat(health.DISPATCHER, now=clock.now() - timedelta(seconds=25))

    status, text = readyz()

    assert status == 503
    assert text.startswith("No dispatcher has reported for 2")


@pytest.fixture
def beating() -> None:
    health.beat(health.DISPATCHER, now=clock.now())


@pytest.mark.usefixtures("beating")
def test_not_ready_while_slots_are_not_dispatched(account: Party, task: Task) -> None:
    due(account, task)
    AccountTask.objects.update(next_run_at=clock.now() - 2 * MINUTE)

    assert readyz() == (503, "There are slots that were due a minute ago and are not dispatched.\n")


@pytest.mark.usefixtures("beating")
def test_not_ready_while_runs_are_not_begun(account: Party, task: Task) -> None:
    factories.run(due(account, task), now=clock.now() - 6 * MINUTE)
    AccountTask.objects.update(next_run_at=None)

    status, text = readyz()

    assert (status, "start run_worker" in text) == (503, True)


@pytest.mark.usefixtures("beating")
@pytest.mark.parametrize("finish_in", [None, timedelta(days=2)])
def test_not_ready_while_a_schedule_that_goes_on_has_no_next_run(
    account: Party, task: Task, finish_in: timedelta | None
) -> None:
    finish_at = clock.now() + finish_in if finish_in else None
    schedule = Schedule(Frequency.HOURLY, finish_at=finish_at)
    factories.account_task(client=account.client, task=task, schedule=schedule, now=clock.now())
    AccountTask.objects.update(next_run_at=None)

    status, text = readyz()

    assert (status, text) == (503, "There are account tasks that are enabled, and whose schedule has no next run.\n")


@pytest.mark.usefixtures("beating")
@pytest.mark.parametrize(
    "fields",
    [
        {"is_enabled": False},
        {"deleted_at": factories.NOW},
        {"frequency": Frequency.NONE},
        {"finish_at": factories.NOW},
        {"frequency": Frequency.YEARLY, "finish_at": factories.NOW + timedelta(days=367)},
    ],
    ids=["paused", "deleted", "once", "over", "in its last year"],
)
def test_ready_while_what_has_no_next_run_needs_none(account: Party, task: Task, fields: dict[str, Any]) -> None:
    factories.account_task(client=account.client, task=task)
    AccountTask.objects.update(next_run_at=None, **fields)

    assert [list(rows) for rows in AccountTask.objects.without_next_run(factories.NOW)] == [[], []]


@pytest.mark.usefixtures("beating")
@pytest.mark.parametrize(("minutes", "expected"), [(4, 200), (6, 503)])
def test_not_ready_while_no_worker_sends_mail(account: Party, task: Task, minutes: int, expected: int) -> None:
    row, now = due(account, task), clock.now()
    of_row = {"account": account.account, "user": account.administrator, "account_task": row, "subject": "S"}
    Notification.objects.create(**of_row, created_at=now, mail_at=now - minutes * MINUTE)

    status, text = readyz()

    assert (status, "no worker has sent" in text) == (expected, expected == 503)


@pytest.mark.usefixtures("beating")
@pytest.mark.parametrize(("minutes", "is_over", "expected"), [(4, False, 200), (6, True, 200), (6, False, 503)])
def test_not_ready_while_no_worker_goes_on_with_bulk_changes(
    account: Party, minutes: int, is_over: bool, expected: int
) -> None:
    then = clock.now() - minutes * MINUTE
    facts = {"verb": Verb.PAUSE, "size": 1, "created_at": then, "worked_at": then}
    of_whom = {"account": account.account, "user": account.administrator}
    BulkChange.objects.create(**of_whom, **facts, finished_at=then if is_over else None)

    status, text = readyz()

    assert (status, "bulk changes" in text) == (expected, expected == 503)


@pytest.mark.usefixtures("beating")
def test_the_scan_of_a_dispatcher_tells_of_slots_without_a_row(
    account: Party, task: Task, caplog: pytest.LogCaptureFixture
) -> None:
    now = clock.now()
    schedule = Schedule(Frequency.HOURLY, now - 3 * HOUR)
    row = factories.account_task(client=account.client, task=task, schedule=schedule, now=now - 4 * HOUR)
    for hours in (3, 0):
        AccountTask.objects.update(next_run_at=now - hours * HOUR)
        dispatch.dispatch_due(now=now - hours * HOUR)
    TaskRun.objects.unfinished().update(state=State.SUCCEEDED, next_attempt_at=None, finished_at=now)

    run_dispatcher._scan()

    [said] = [record for record in caplog.records if "no run and no skip" in record.message]
    assert said.message.startswith("2 slots from ")
    assert vars(said)["account_task"] == row.pk
    assert readyz()[0] == 200


@pytest.mark.usefixtures("beating")
def test_not_ready_while_lost_runs_are_not_taken_back(account: Party, task: Task) -> None:
    factories.run(due(account, task), state=State.RUNNING, now=clock.now() - 3 * MINUTE)

    status, text = readyz()

    assert (status, "nobody has taken back" in text) == (503, True)


def test_a_beat_keeps_what_was_noted() -> None:
    health.beat("time zones", now=timezone.now(), note="2026a")
    health.beat("time zones", now=timezone.now())

    assert Heartbeat.objects.get().note == "2026a"
