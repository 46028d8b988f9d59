"""The history of an account task: list, read, run again, cancel."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from tasks_app import clock, engine, running
from tasks_app.models import AccountTask, Attempt, Task, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, NOWHERE, XML, Api
from tests.factories import NOW, Party

MINUTE = timedelta(minutes=1)
MEMBERS = [
    "ID", "AccountTaskID", "Status", "Trigger", "RequestedBy", "SlotOn", "FirstSlotOn", "Slots", "RetryOf",
    "DateCreated", "NextAttemptOn", "StartedOn", "FinishedOn", "CancelRequestedOn", "AttemptCount", "Summary",
]  # fmt: skip


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


@pytest.fixture
def runs(row: AccountTask) -> str:
    return f"{ACCOUNT_TASKS}/{row.pk}/runs"


def test_the_history_is_empty_at_first(api: Api, account: Party, runs: str) -> None:
    answer = api.of(account).get(runs)

    assert (answer.status, answer.detail) == (200, [])


def test_the_newest_come_first_page_by_page(api: Api, account: Party, row: AccountTask, runs: str) -> None:
    made = [factories.run(row, state=State.SUCCEEDED, now=NOW + number * MINUTE) for number in range(5)]
    expected = [str(run.pk) for run in reversed(made)]

    first = api.of(account).get(f"{runs}?limit=3")
    link = first.response["Link"]
    second = api.of(account).get(link[1 : link.index(">")])

    assert [run["ID"] for run in first.detail + second.detail] == expected
    assert list(first.detail[0]) == MEMBERS
    assert [run["ID"] for run in api.of(account).get(f"{runs}?sort=DateCreated").detail] == expected[::-1]


def test_by_state(api: Api, account: Party, row: AccountTask, runs: str) -> None:
    failed = factories.run(row, state=State.FAILED, summary="The house is gone.")
    factories.run(row, state=State.SUCCEEDED)

    found = api.of(account).get(f"{runs}?Status=failed").detail

    assert [(run["ID"], run["Summary"]) for run in found] == [(str(failed.pk), "The house is gone.")]
    assert api.of(account).get(f"{runs}?Status=PENDING").status == 400


def test_a_skip_tells_its_slots(api: Api, account: Party, row: AccountTask, runs: str) -> None:
    factories.run(row, state=State.SKIPPED, due_at=NOW, first_due_at=NOW - 2 * MINUTE, slots=3, summary="Down.")

    (skip,) = api.of(account).get(runs).detail

    assert (skip["SlotOn"], skip["FirstSlotOn"], skip["Slots"]) == (
        "2026-03-01T12:00:00+00:00",
        "2026-03-01T11:58:00+00:00",
        3,
    )


def test_a_run_tells_its_attempts(api: Api, account: Party, row: AccountTask, runs: str) -> None:
    run = factories.run(row, state=State.RUNNING, attempts=2)
    Attempt.objects.create(
        run=run, number=1, started_at=NOW, finished_at=NOW, outcome="TRY_AGAIN", summary="Busy.", log="a\nb"
    )
    Attempt.objects.create(run=run, number=2, started_at=NOW + MINUTE)

    detail = api.of(account).get(f"{runs}/{run.pk}").detail
    root = ElementTree.fromstring(api.of(account).get(f"{runs}/{run.pk}", Accept=XML).text)  # noqa: S314 (our own)

    assert list(detail) == [*MEMBERS, "Attempts"]
    assert [list(attempt.values()) for attempt in detail["Attempts"]] == [
        [1, "2026-03-01T12:00:00+00:00", "2026-03-01T12:00:00+00:00", "TRY_AGAIN", "Busy.", "a\nb"],
        [2, "2026-03-01T12:01:00+00:00", None, None, "", ""],
    ]
    assert root.tag == "ResponseOfRunDetailResponse"
    attempts = root.findall("ResponseData/Detail/Attempts/AttemptResponse")
    assert [attempt.findtext("Number") for attempt in attempts] == ["1", "2"]
    assert [child.tag for child in attempts[1]] == ["Number", "StartedOn", "FinishedOn", "Summary", "Log"]


def test_a_finished_run_is_run_again(api: Api, account: Party, row: AccountTask, runs: str) -> None:
    old = factories.run(row, state=State.FAILED)

    answer = api.of(account).call("POST", f"{runs}/{old.pk}/retry")

    new = TaskRun.objects.get(retry_of=old)
    assert (answer.status, answer.response["Location"]) == (201, f"{runs}/{new.pk}")
    assert answer.detail == api.of(account).get(f"{runs}/{new.pk}").detail
    assert (answer.detail["RetryOf"], answer.detail["Trigger"], answer.detail["Status"]) == (
        str(old.pk),
        "RETRY",
        "QUEUED",
    )
    assert answer.detail["RequestedBy"] == "ann@acme.example"
    assert engine.on_their_way(engine.EXECUTE) == {new.pk}


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_one_that_is_not_over_is_not_run_again(
    api: Api, account: Party, row: AccountTask, runs: str, state: State
) -> None:
    run = factories.run(row, state=state)

    answer = api.of(account).call("POST", f"{runs}/{run.pk}/retry")

    assert (answer.status, answer.code) == (409, "RUN_IN_PROGRESS")


def test_a_queued_run_is_cancelled_at_once(api: Api, account: Party, row: AccountTask, runs: str) -> None:
    run = factories.run(row)

    answer = api.of(account).call("POST", f"{runs}/{run.pk}/cancel")

    assert (answer.status, answer.detail["Status"]) == (200, "CANCELLED")
    assert answer.detail["Summary"] == "Cancelled by ann@acme.example."
    assert running.execute.func(str(run.pk)) is None
    assert not Attempt.objects.exists()


def test_a_running_one_is_asked_to_stop(api: Api, account: Party, row: AccountTask, runs: str) -> None:
    run = factories.run(row, state=State.RUNNING, leased_until=clock.now() + MINUTE)

    answer = api.of(account).call("POST", f"{runs}/{run.pk}/cancel")

    assert (answer.status, answer.detail["Status"]) == (200, "RUNNING")
    assert answer.detail["CancelRequestedOn"]


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.SKIPPED, State.CANCELLED])
def test_one_that_is_over_can_not_be_cancelled(
    api: Api, account: Party, row: AccountTask, runs: str, state: State
) -> None:
    run = factories.run(row, state=state)

    answer = api.of(account).call("POST", f"{runs}/{run.pk}/cancel")

    assert (answer.status, answer.code) == (409, "RUN_FINISHED")


@pytest.mark.parametrize(("method", "verb"), [("GET", ""), ("POST", "/retry"), ("POST", "/cancel")])
def test_the_run_of_another_account_task_is_not_there(
    api: Api, account: Party, row: AccountTask, runs: str, task: Task, method: str, verb: str
) -> None:
    other: Any = factories.account_task(client=account.client, task=task)
    run = factories.run(other, state=State.QUEUED)

    assert api.of(account).call(method, f"{runs}/{run.pk}{verb}").status == 404
    assert api.of(account).call(method, f"{runs}/{NOWHERE}{verb}").status == 404
    run.refresh_from_db()
    assert run.state == State.QUEUED
