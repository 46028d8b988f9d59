"""The history at the page of an account task: filters and pages, both in the address."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State, Trigger
from tasks_app.pages import history
from tests import factories
from tests.factories import NOW, Party
from tests.pages.browsing import text_of


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


def runs_shown(browser: Browser, address: str) -> list[Any]:
    response: Any = browser.get(address)
    assert response.status_code == 200
    return list(response.context["page"].rows)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [3, 2, 1, 0]),
        ("state=FAILED", [1]),
        ("trigger=SCHEDULE", [2]),
        ("state=SUCCEEDED&trigger=USER", [3, 0]),
        ("state=CANCELLED", []),
        ("state=&trigger=", [3, 2, 1, 0]),
    ],
)
def test_filters(browser: Browser, row: AccountTask, query: str, expected: list[int]) -> None:
    facts: list[dict[str, Any]] = [
        {"state": State.SUCCEEDED},
        {"state": State.FAILED},
        {"state": State.SKIPPED, "trigger": Trigger.SCHEDULE},
        {"state": State.SUCCEEDED},
    ]
    runs = [factories.run(row, now=NOW + timedelta(hours=number), **each) for number, each in enumerate(facts)]

    shown = runs_shown(browser, f"/tasks/{row.pk}?{query}")

    assert [runs.index(run) for run in shown] == expected


@pytest.mark.parametrize("query", ["state=PENDING", "state=%00", "trigger=BLUE", "trigger=%ed%a0%80"])
def test_a_wrong_filter_is_said_and_shows_all(browser: Browser, row: AccountTask, query: str) -> None:
    run = factories.run(row)

    assert 'class="problem"' in text_of(browser.get(f"/tasks/{row.pk}?{query}"))
    assert runs_shown(browser, f"/tasks/{row.pk}?{query}") == [run]


def test_pages_follow_each_other_and_keep_the_filters(
    browser: Browser, row: AccountTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "ON_A_PAGE", 2)
    runs = [factories.run(row, state=State.FAILED, now=NOW + timedelta(hours=number)) for number in range(3)]
    factories.run(row, state=State.SUCCEEDED, now=NOW + timedelta(hours=1))

    first: Any = browser.get(f"/tasks/{row.pk}?state=FAILED")
    second: Any = browser.get(f"/tasks/{row.pk}{first.context['page'].next}")

    assert [*first.context["page"].rows, *second.context["page"].rows] == runs[::-1]
    assert (second.context["page"].next, second.context["page"].first) == ("", "?state=FAILED")


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "WyJ4IiwgIngiLCAieCJd", "%00"])
def test_a_page_that_is_no_more_leads_to_the_first_one_with_the_filters(
    browser: Browser, row: AccountTask, cursor: str
) -> None:
    response: Any = browser.get(f"/tasks/{row.pk}?state=FAILED&cursor={cursor}", follow=True)

    assert "here is the first one" in text_of(response)
    assert response.redirect_chain == [(f"/tasks/{row.pk}?state=FAILED", 302)]


def test_each_run_leads_to_its_page_and_tells_its_reason(browser: Browser, row: AccountTask) -> None:
    run = factories.run(row, state=State.SKIPPED, slots=3, first_due_at=NOW, due_at=NOW, summary="It <b>slept</b>.")

    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert f'href="/runs/{run.pk}"' in page
    assert "It &lt;b&gt;slept&lt;/b&gt;." in page
    assert "3 slots, " in page


def test_runs_of_another_account_task_are_not_in_it(
    browser: Browser, account: Party, task: Task, row: AccountTask
) -> None:
    factories.run(factories.account_task(client=account.client, task=task))

    assert runs_shown(browser, f"/tasks/{row.pk}") == []


@pytest.mark.parametrize("ended", ["the run", "what the row says"])
def test_what_is_shown_as_going_on_is_looked_at_again(browser: Browser, row: AccountTask, ended: str) -> None:
    """A run may end between two queries of the page: one of them still knows it as going on."""
    run = factories.run(row, state=State.RUNNING)
    AccountTask.objects.filter(pk=row.pk).update(status=State.RUNNING, latest_run_id=run.pk)
    if ended == "the run":
        TaskRun.objects.update(state=State.SUCCEEDED, finished_at=NOW, leased_until=None)
    else:
        AccountTask.objects.update(status=State.SUCCEEDED)

    assert 'hx-trigger="every 5s"' in text_of(browser.get(f"/tasks/{row.pk}"))
