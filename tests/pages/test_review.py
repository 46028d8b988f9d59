"""The page of one account task: its facts, slots and charts, and what can be done with it there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models.user import Role
from tasks_app import clock
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task
from tasks_app.models.task_run import State, Trigger
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import Party
from tests.pages.browsing import signed_in, text_of


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task, by=account.caller)


def test_facts_are_said_in_words(browser: Browser, account: Party, task: Task) -> None:
    row = factories.account_task(
        client=account.client,
        task=task,
        schedule=Schedule(Frequency.QUARTERLY, datetime(2030, 1, 2, tzinfo=UTC), datetime(2031, 1, 2, tzinfo=UTC)),
        parameters_text="<A>1</A>",
        content_type=ContentType.XML,
        notification=TaskNotification.FAILURE,
        by=account.caller,
    )

    page = text_of(browser.get(f"/tasks/{row.pk}"))

    for said in ("Quarterly", "2 Jan 2030", "2 Jan 2031", "A client", "Failed runs", "application/xml", str(row.pk)):
        assert said in page, said
    assert "</time> by ann@acme.example</dd>" in page
    assert 'data-copy="#account-task-id"' in page
    assert "&lt;A&gt;1&lt;/A&gt;" in page


def test_a_task_without_a_window_says_so(browser: Browser, row: AccountTask) -> None:
    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert "As registered" in page
    assert "No end" in page


def test_slots_are_told_relative_to_now(browser: Browser, account: Party, task: Task) -> None:
    now = clock.now()
    for ahead, said in ((timedelta(hours=3, seconds=50), "in 3 hours</span>"), (timedelta(hours=-1), "due now</span>")):
        schedule = Schedule(Frequency.DAILY, now + ahead)
        row = factories.account_task(client=account.client, task=task, schedule=schedule, now=now - timedelta(days=1))

        assert said in text_of(browser.get(f"/tasks/{row.pk}"))


def test_the_calendar_and_the_durations_show_what_failed(browser: Browser, row: AccountTask) -> None:
    now = clock.now()
    for state, seconds in ((State.SUCCEEDED, 65), (State.FAILED, 5), (State.SUCCEEDED, 7)):
        factories.run(row, state=state, now=now, started_at=now, finished_at=now + timedelta(seconds=seconds))
    factories.run(row, state=State.SKIPPED, slots=4, now=now)
    factories.run(row, state=State.SUCCEEDED, now=now - timedelta(days=380))

    response: Any = browser.get(f"/tasks/{row.pk}")

    page = text_of(response)
    assert f"{now.day} {now:%b %Y}: 2 succeeded, 1 failed, 4 skipped</title>" in page
    assert "3 runs in 53 weeks" in page
    assert page.count('class="cross"') == 2
    assert "The median of the latest 3 runs is 7 s." in page
    assert [told for _, told in response.context["duration_rows"]] == ["7 s", "5 s", "1 min 5 s"]


def test_an_account_task_that_never_ran_has_a_page_too(browser: Browser, row: AccountTask) -> None:
    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert "It has not run yet." in page
    assert "No run has ended yet." in page
    assert "0 runs in 53 weeks" in page


def test_a_streak_of_failures_is_told_with_its_reason(browser: Browser, row: AccountTask) -> None:
    AccountTask.objects.update(failures_in_a_row=4, last_failure="<b>No</b>")

    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert "It failed 4 times in a row for the same reason: &lt;b&gt;No&lt;/b&gt;" in page


def test_a_task_that_the_catalogue_has_switched_off_says_so(browser: Browser, row: AccountTask) -> None:
    Task.objects.update(is_enabled=False)

    assert "The operators have switched this task off" in text_of(browser.get(f"/tasks/{row.pk}"))


def test_while_a_run_goes_on_it_can_be_cancelled_and_the_page_follows(browser: Browser, row: AccountTask) -> None:
    run = factories.run(row)

    page = text_of(browser.get(f"/tasks/{row.pk}?state=QUEUED"))

    assert f'action="/runs/{run.pk}/cancel"' in page
    assert "Run now" not in page
    assert f'hx-get="/tasks/{row.pk}?state=QUEUED" hx-trigger="every 5s"' in page


def test_a_page_on_which_nothing_can_change_does_not_poll(browser: Browser, row: AccountTask) -> None:
    factories.run(row, state=State.SUCCEEDED)

    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert "hx-get" not in page
    assert "Run now" in page


def test_a_reader_sees_no_verbs(account: Party, row: AccountTask) -> None:
    factories.run(row)

    page = text_of(signed_in(factories.user(account=account.account, role=Role.READER)).get(f"/tasks/{row.pk}"))

    for verb in ("Cancel the run", "Pause", "Edit", "Duplicate", "Delete"):
        assert verb not in page, verb


def test_edit_and_duplicate_are_at_hand(browser: Browser, row: AccountTask) -> None:
    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert f'href="/tasks/{row.pk}/edit"' in page
    assert f'href="/tasks/{row.pk}/duplicate"' in page


def test_the_number_of_queries_does_not_grow_with_the_number_of_rows(
    browser: Browser, account: Party, row: AccountTask
) -> None:
    counts = []
    for number in (2, 25):
        for _ in range(number):
            factories.run(row, state=State.FAILED, started_at=factories.NOW, trigger=Trigger.SCHEDULE)
            browser.post(f"/tasks/{row.pk}/pause")
            browser.post(f"/tasks/{row.pk}/resume")
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"/tasks/{row.pk}")
        counts.append(len(queries))

    assert counts[1] <= counts[0]
