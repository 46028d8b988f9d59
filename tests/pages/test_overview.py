"""The overview at `/`: what needs attention, what is to come, what was done."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models.user import Role
from tasks_app import clock, health
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task
from tasks_app.models.task_run import State
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import Party
from tests.pages.browsing import signed_in, text_of


@pytest.fixture
def dispatching(db: None) -> None:
    health.beat(health.DISPATCHER, now=clock.now())


def hourly(party: Party, task: Task) -> AccountTask:
    return factories.account_task(client=party.client, task=task, schedule=Schedule(Frequency.HOURLY), now=clock.now())


def failed(row: AccountTask, reason: str = "The other side said no.", times: int = 3) -> None:
    facts = {"status": State.FAILED, "failures_in_a_row": times, "last_failure": reason}
    AccountTask.objects.filter(pk=row.pk).update(**facts, last_run_at=clock.now(), latest_run_id=uuid4())


@pytest.mark.usefixtures("dispatching")
def test_all_is_well_where_nothing_needs_attention(browser: Browser, account: Party, task: Task) -> None:
    hourly(account, task)

    assert "nothing needs your attention" in text_of(browser.get("/"))


@pytest.mark.usefixtures("dispatching")
def test_what_failed_last_is_told_with_its_reason(
    browser: Browser, account: Party, neighbour: Party, task: Task
) -> None:
    row, well, foreign = hourly(account, task), hourly(account, task), hourly(neighbour, task)
    failed(row, "<b>No</b>")
    failed(foreign, "Not ours.")

    response: Any = browser.get("/")

    page = text_of(response)
    row.refresh_from_db()
    assert list(response.context["attention"].failing) == [row]
    assert "&lt;b&gt;No&lt;/b&gt;" in page
    assert "3 times" in page
    assert f'href="/runs/{row.latest_run_id}"' in page
    assert f"/tasks/{foreign.pk}" not in page
    assert "nothing needs your attention" not in page
    assert well not in response.context["attention"].failing


@pytest.mark.usefixtures("dispatching")
def test_of_many_that_failed_the_latest_are_shown_and_the_rest_is_a_list(
    browser: Browser, account: Party, task: Task
) -> None:
    for _ in range(12):
        failed(hourly(account, task))

    page = text_of(browser.get("/"))

    assert '<a href="/tasks?status=FAILED">All 12 tasks that failed</a>' in page
    assert page.count("The other side said no.") == 10


@pytest.mark.usefixtures("dispatching")
def test_an_account_without_a_client_is_led_to_one_first(browser: Browser, account: Party) -> None:
    account.client.revoked_at = clock.now()
    account.client.save()

    page = text_of(browser.get("/"))

    assert 'href="/clients/new"' in page
    assert 'href="/tasks/new"' not in page


@pytest.mark.usefixtures("dispatching")
def test_an_account_without_a_task_is_led_to_the_first(browser: Browser) -> None:
    page = text_of(browser.get("/"))

    assert "No task is registered yet." in page
    assert 'href="/tasks/new"' in page


@pytest.mark.usefixtures("dispatching")
def test_readers_are_told_whom_to_ask(account: Party) -> None:
    browser = signed_in(factories.user(account=account.account, role=Role.READER))

    page = text_of(browser.get("/"))

    assert "Ask an administrator" in page
    assert "/tasks/new" not in page


def test_it_says_that_the_service_stands_still(browser: Browser, account: Party, task: Task) -> None:
    hourly(account, task)

    page = text_of(browser.get("/"))

    assert "the operators of the service have to act" in page
    assert "run_dispatcher" not in page


@pytest.mark.usefixtures("dispatching")
def test_tasks_that_the_catalogue_has_switched_off_are_named(
    browser: Browser, account: Party, neighbour: Party, task: Task
) -> None:
    hourly(account, task)
    hourly(neighbour, factories.task(name="Of the neighbour alone"))
    Task.objects.update(is_enabled=False)

    page = text_of(browser.get("/"))

    assert "the slots of 1 of your tasks are skipped" in page
    assert "Of the neighbour alone" not in page


def test_the_next_slots_and_hours(browser: Browser, account: Party, neighbour: Party, task: Task) -> None:
    row, foreign = hourly(account, task), hourly(neighbour, task)

    response: Any = browser.get("/")

    page = text_of(response)
    assert [number for _, number in response.context["hour_rows"]] == [0, *[1] * 23]
    assert page.count(f'<a href="/tasks/{row.pk}">A task</a> <span class="hint">in ') == 8
    assert str(foreign.pk) not in page
    assert "23 slots to come." in page


def test_a_month_of_runs(browser: Browser, account: Party, neighbour: Party, task: Task) -> None:
    now = clock.now()
    row = hourly(account, task)
    for state, slots in ((State.SUCCEEDED, 1), (State.FAILED, 1), (State.SKIPPED, 7), (State.CANCELLED, 1)):
        factories.run(row, state=state, slots=slots, now=now)
    factories.run(row, state=State.FAILED, now=now - timedelta(days=31))
    factories.run(hourly(neighbour, task), state=State.FAILED, now=now)

    response: Any = browser.get("/")

    assert dict(response.context["totals"]) == {"SUCCEEDED": 1, "FAILED": 1, "CANCELLED": 1, "SKIPPED": 7}
    assert f"{now.day} {now:%b}: 1 succeeded, 1 failed, 1 cancelled, 7 skipped</title>" in text_of(response)


def test_the_latest_runs_update_themselves(browser: Browser, account: Party, neighbour: Party, task: Task) -> None:
    row = hourly(account, task)
    runs = [factories.run(row, state=State.SUCCEEDED, summary="It <i>went</i> well.") for _ in range(11)]
    foreign = factories.run(hourly(neighbour, task))

    page = text_of(browser.get("/?x=%22"))

    assert f'href="/runs/{runs[-1].pk}"' in page
    assert f"/runs/{runs[0].pk}" not in page
    assert f"/runs/{foreign.pk}" not in page
    assert "It &lt;i&gt;went&lt;/i&gt; well." in page
    assert 'hx-get="/?x=%22" hx-trigger="every 5s" hx-select="#latest"' in page


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati"])
def test_times_are_those_of_the_account(browser: Browser, account: Party, task: Task, zone: str) -> None:
    account.account.time_zone = zone
    account.account.save()
    hourly(account, task)

    page = text_of(browser.get("/"))

    assert f"Times are those of {zone}." in page
    assert ":00 to " in page


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    browser: Browser, account: Party, task: Task
) -> None:
    counts = []
    for number in (1, 20):
        for _ in range(number):
            row = hourly(account, task)
            factories.run(row, state=State.FAILED)
            failed(row)
        with CaptureQueriesContext(connection) as queries:
            browser.get("/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_it_changes_nothing(browser: Browser) -> None:
    assert browser.post("/").status_code == 405
    assert signed_in(factories.user(account=None)).get("/").status_code == 302


def test_readers_may_send_nothing(account: Party) -> None:
    assert signed_in(factories.user(account=account.account, role=Role.READER)).post("/").status_code == 405
