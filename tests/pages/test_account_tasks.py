"""The list of account tasks, and the page of one of them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State, Trigger
from tasks_app.pages import account_tasks, own, review
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import Party
from tests.pages.browsing import text_of

VERBS = ["run", "pause", "resume", "delete", "restore"]


def made(party: Party, task: Task, text: str = "{}", frequency: Frequency = Frequency.DAILY) -> AccountTask:
    schedule = Schedule(frequency)
    return factories.account_task(client=party.client, task=task, schedule=schedule, parameters_text=text)


def test_a_list_without_tasks_tells_how_to_register_one(browser: Browser) -> None:
    page = text_of(browser.get("/tasks"))

    assert "No task is registered yet." in page
    assert "/help/post-api-v2-admin-tasks-account" in page


def test_the_list_shows_those_of_the_account_alone(
    browser: Browser, account: Party, neighbour: Party, task: Task
) -> None:
    own, foreign = made(account, task), made(neighbour, task)

    page = text_of(browser.get("/tasks"))

    assert f"/tasks/{own.pk}" in page
    assert str(foreign.pk) not in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("search=NEEDLE", [0]),
        ("search=a+task", [3, 2, 1, 0]),
        ("status=FAILED", [1]),
        ("frequency=1", [2]),
        ("is_enabled=false", [3]),
        ("is_enabled=true&status=PENDING", [2, 0]),
        ("status=RUNNING", []),
        ("sort=NextRunOn", [2, 0, 1, 3]),
        ("search=&status=&frequency=&is_enabled=&sort=", [3, 2, 1, 0]),
    ],
)
def test_filters(browser: Browser, account: Party, task: Task, query: str, expected: list[int]) -> None:
    rows = [made(account, task, '{"a": "a Needle"}'), made(account, task), made(account, task, "{}", Frequency.HOURLY)]
    rows.append(made(account, task))
    AccountTask.objects.filter(pk=rows[1].pk).update(status=State.FAILED)
    AccountTask.objects.filter(pk=rows[3].pk).update(is_enabled=False, next_run_at=None)

    response: Any = browser.get(f"/tasks?{query}")

    assert [rows.index(row) for row in response.context["page"].rows] == expected
    assert ("No task is like that." in text_of(response)) == (not expected)


@pytest.mark.parametrize("query", ["status=BLUE", "frequency=99", "sort=Colour", "search=%01", f"search={'x' * 101}"])
def test_a_wrong_filter_is_said_and_shows_all(browser: Browser, account: Party, task: Task, query: str) -> None:
    row = made(account, task)

    response: Any = browser.get(f"/tasks?{query}")

    assert 'class="problem"' in text_of(response)
    assert list(response.context["page"].rows) == [row]


def test_pages_follow_each_other_and_keep_the_filters(
    browser: Browser, account: Party, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_tasks, "ON_A_PAGE", 2)
    rows = [made(account, task) for _ in range(3)]

    first: Any = browser.get("/tasks?frequency=2&sort=NextRunOn")
    second: Any = browser.get("/tasks" + first.context["page"].next)

    assert [*first.context["page"].rows, *second.context["page"].rows] == rows
    assert (second.context["page"].next, second.context["page"].first) == ("", "?frequency=2&sort=NextRunOn")


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "WyJ4IiwgIngiLCAieCJd"])
def test_a_page_that_is_no_more_leads_to_the_first_one(browser: Browser, cursor: str) -> None:
    response = browser.get(f"/tasks?cursor={cursor}", follow=True)

    assert "here is the first one" in text_of(response)


def test_the_number_of_queries_does_not_depend_on_the_number_of_tasks(
    browser: Browser, account: Party, task: Task
) -> None:
    counts = []
    for number in (1, 20):
        for _ in range(number):
            made(account, task)
        with CaptureQueriesContext(connection) as queries:
            browser.get("/tasks")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_page_of_a_task_tells_all_of_it(browser: Browser, account: Party, task: Task) -> None:
    account.account.time_zone = "Asia/Tokyo"
    account.account.save()
    row = made(account, task, '{"a": "<script>alert(1)</script>"}')
    summary = "It <b>broke</b>."
    run = TaskRun.queued(row, due_at=row.next_run_at, trigger=Trigger.SCHEDULE, asked_by="", now=row.created_at)
    run.state, run.finished_at, run.next_attempt_at, run.summary = State.FAILED, row.created_at, None, summary
    run.save()

    page = text_of(browser.get(f"/tasks/{row.pk}"))

    for said in ("A task", "Daily", "A client", "JST", "It &lt;b&gt;broke&lt;/b&gt;.", "Asia/Tokyo", row.modified_by):
        assert said in page, said
    assert "<script>alert" not in page
    assert page.count("<li><time") == review.NEXT_SLOTS


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_dates_at_the_ends_of_the_calendar(browser: Browser, account: Party, task: Task, zone: str) -> None:
    account.account.time_zone = zone
    account.account.save()
    row = made(account, task)
    ends = {"start_at": datetime.min.replace(tzinfo=UTC), "finish_at": datetime.max.replace(tzinfo=UTC)}
    AccountTask.objects.update(**ends, next_run_at=ends["finish_at"], last_run_at=ends["start_at"])

    for address in ("/tasks", f"/tasks/{row.pk}"):
        response = browser.get(address)
        assert response.status_code == 200
        assert "UTC</time>" in text_of(response)


def test_pause_resume_delete_and_the_way_back(browser: Browser, account: Party, task: Task) -> None:
    row = made(account, task)

    assert "It is paused" in text_of(browser.post(f"/tasks/{row.pk}/pause", follow=True))
    row.refresh_from_db()
    assert (row.is_enabled, row.next_run_at) == (False, None)
    assert "None while it is paused." in text_of(browser.get(f"/tasks/{row.pk}"))

    browser.post(f"/tasks/{row.pk}/resume")
    row.refresh_from_db()
    assert row.is_enabled
    assert row.next_run_at is not None

    assert "Take it back" in text_of(browser.post(f"/tasks/{row.pk}/delete", follow=True))
    assert browser.get(f"/tasks/{row.pk}").status_code == 404
    assert "It is back" in text_of(browser.post(f"/tasks/{row.pk}/restore", follow=True))
    assert browser.get(f"/tasks/{row.pk}").status_code == 200


def test_run_now_once_and_cancel(browser: Browser, account: Party, task: Task) -> None:
    row = made(account, task, frequency=Frequency.NONE)

    assert "It is queued" in text_of(browser.post(f"/tasks/{row.pk}/run", follow=True))
    assert "note bad" in text_of(browser.post(f"/tasks/{row.pk}/run", follow=True))
    run = row.runs.get()
    assert (run.trigger, run.asked_by) == (Trigger.USER, "ann@acme.example")

    assert "The run is cancelled" in text_of(browser.post(f"/runs/{run.pk}/cancel", follow=True))
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    assert "note bad" in text_of(browser.post(f"/runs/{run.pk}/cancel", follow=True))


def test_what_the_catalogue_has_switched_off_is_not_run(browser: Browser, account: Party, task: Task) -> None:
    row = made(account, task)
    Task.objects.update(is_enabled=False)

    assert "note bad" in text_of(browser.post(f"/tasks/{row.pk}/run", follow=True))
    assert not row.runs.exists()


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_what_is_foreign_or_absent_is_not_there(browser: Browser, neighbour: Party, task: Task, verb: str) -> None:
    foreign = made(neighbour, task)
    for key in (foreign.pk, uuid4()):
        response: Any = browser.post(f"/tasks/{key}/{verb}") if verb else browser.get(f"/tasks/{key}")
        assert response.status_code == 404
    assert not foreign.runs.exists()


@pytest.mark.parametrize("verb", VERBS[:4])
def test_what_somebody_else_deletes_meanwhile_is_not_there_any_more(
    browser: Browser, account: Party, task: Task, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = made(account, task)
    found = own.account_tasks

    def and_deleted(request: Any) -> Any:
        rows = list(found(request))
        AccountTask.objects.update(deleted_at=row.created_at, next_run_at=None)
        return SimpleNamespace(get=lambda **_: rows[0])

    monkeypatch.setattr(review, "get_object_or_404", lambda rows, **key: rows.get(**key))
    monkeypatch.setattr(own, "account_tasks", and_deleted)

    assert browser.post(f"/tasks/{row.pk}/{verb}").status_code == 404


def test_a_foreign_run_is_not_there(browser: Browser, neighbour: Party, task: Task) -> None:
    foreign = made(neighbour, task)
    run = TaskRun.queued(foreign, due_at=None, trigger=Trigger.USER, asked_by="", now=foreign.created_at)
    run.save()

    assert browser.post(f"/runs/{run.pk}/cancel").status_code == 404


@pytest.mark.parametrize("verb", VERBS)
def test_an_address_alone_changes_nothing(browser: Browser, account: Party, task: Task, verb: str) -> None:
    assert browser.get(f"/tasks/{made(account, task).pk}/{verb}").status_code == 405


def test_forms_need_their_token(account: Party, task: Task) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(account.administrator)

    assert browser.post(f"/tasks/{made(account, task).pk}/pause").status_code == 403
