"""What stands around the list of account tasks: counts, quick links, headers to sort by, filters by task and client."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models.user import Role
from tasks_app.models import AccountTask, Task
from tasks_app.models.task_run import State
from tasks_app.pages import account_tasks
from tests import factories
from tests.factories import Party
from tests.pages.browsing import signed_in, text_of


def made(party: Party, task: Task, *, status: State = State.PENDING, is_enabled: bool = True) -> AccountTask:
    row = factories.account_task(client=party.client, task=task)
    fields: dict[str, Any] = {"status": status, "is_enabled": is_enabled}
    AccountTask.objects.filter(pk=row.pk).update(**fields if is_enabled else fields | {"next_run_at": None})
    return row


@pytest.fixture
def seven(account: Party, neighbour: Party, task: Task) -> None:
    """Three pending ones, three failed, one of them paused, a running one; and a neighbour's."""
    for status in (State.PENDING, State.PENDING, State.PENDING, State.FAILED, State.FAILED, State.RUNNING):
        made(account, task, status=status)
    made(account, task, status=State.FAILED, is_enabled=False)
    made(neighbour, task, status=State.FAILED)


def quick(response: Any) -> dict[str, str]:
    return {link.label: link.number for link in response.context["counts"].quick}


@pytest.mark.usefixtures("seven")
@pytest.mark.parametrize("on_a_page", [2, 50])
def test_all_that_match_are_counted_and_by_state(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, on_a_page: int
) -> None:
    monkeypatch.setattr(account_tasks, "ON_A_PAGE", on_a_page)

    response: Any = browser.get("/tasks")

    assert "7 tasks match: 3 pending, 1 running, 3 failed." in text_of(response)
    assert quick(response) == {"All": "7", "Failing": "3", "Running": "1", "Paused": "1"}


@pytest.mark.usefixtures("seven")
def test_quick_links_keep_the_other_filters_and_count_with_them(browser: Browser, task: Task) -> None:
    response: Any = browser.get(f"/tasks?status=FAILED&is_enabled=true&task={task.pk}&sort=NextRunOn")

    assert "2 tasks match: 2 failed." in text_of(response)
    assert quick(response) == {"All": "7", "Failing": "3", "Running": "1", "Paused": "1"}
    link = response.context["counts"].quick[1]
    assert link.address == f"?task={task.pk}&sort=NextRunOn&status=FAILED"
    assert not link.is_chosen
    of_link: Any = browser.get("/tasks" + link.address)
    assert [each.label for each in of_link.context["counts"].quick if each.is_chosen] == ["Failing"]


@pytest.mark.usefixtures("seven")
def test_more_than_can_be_counted_are_said_to_be_more(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("tasks_app.models.account_task", "tasks_app.pages.counts"):
        monkeypatch.setattr(f"{module}.COUNTED", 5)
    monkeypatch.setattr(account_tasks, "ON_A_PAGE", 2)

    response: Any = browser.get("/tasks")

    assert "5+ tasks match" in text_of(response)
    assert quick(response)["Paused"] == "1+"


def test_one_query_counts_and_none_where_the_page_has_it_all(
    browser: Browser, account: Party, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(account, task)
    monkeypatch.setattr(account_tasks, "ON_A_PAGE", 2)
    counting = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            browser.get("/tasks")
        counting.append(sum("GROUP BY status" in query["sql"] for query in queries))
        made(account, task)

    assert counting == [0, 0, 1]


def test_filters_by_task_and_by_client(browser: Browser, account: Party, task: Task) -> None:
    other, second = factories.task(name="Another"), factories.client(user=account.administrator, name="Second")
    first = made(account, task)
    of_other = factories.account_task(client=account.client, task=other)
    of_second = factories.account_task(client=second, task=task)

    def shown(query: str) -> list[AccountTask]:
        response: Any = browser.get(f"/tasks?{query}")
        return list(response.context["page"].rows)

    assert shown(f"task={other.pk}") == [of_other]
    assert shown(f"client={second.pk}") == [of_second]
    assert shown(f"task={task.pk}&client={account.client.pk}") == [first]


def test_only_tasks_that_are_on_and_clients_of_the_account_can_be_chosen(
    browser: Browser, account: Party, neighbour: Party, task: Task
) -> None:
    off = factories.task(name="Switched off")
    Task.objects.filter(pk=off.pk).update(is_enabled=False)
    row = made(account, task)

    page = text_of(browser.get("/tasks"))
    assert str(task.pk) in page
    assert str(off.pk) not in page
    assert str(neighbour.client.pk) not in page
    for query in (f"task={off.pk}", f"client={neighbour.client.pk}", "task=%00", "client=nonsense"):
        response: Any = browser.get(f"/tasks?{query}")
        assert 'class="problem"' in text_of(response)
        assert list(response.context["page"].rows) == [row]


@pytest.mark.parametrize(
    ("asked", "header", "address", "order"),
    [
        ("", "created", "?sort=DateCreated", "descending"),
        ("", "next_run", "?sort=NextRunOn", ""),
        ("sort=NextRunOn", "next_run", "?sort=-NextRunOn", "ascending"),
        ("sort=-NextRunOn&status=PENDING", "next_run", "?sort=NextRunOn&status=PENDING", "descending"),
        ("sort=NextRunOn", "last_run", "?sort=-LastRunOn", ""),
    ],
)
def test_headers_sort(
    browser: Browser, account: Party, task: Task, asked: str, header: str, address: str, order: str
) -> None:
    made(account, task)

    response: Any = browser.get(f"/tasks?{asked}")

    assert response.context["headers"][header] == {"address": address, "order": order}
    assert text_of(response).count("aria-sort=") == 1
    assert browser.get("/tasks" + address).status_code == 200


def test_readers_have_nothing_to_choose_with(account: Party, task: Task) -> None:
    made(account, task)
    reader = signed_in(factories.user(account=account.account, role=Role.READER))

    page = text_of(reader.get("/tasks"))

    assert 'type="checkbox"' not in page
    assert "/tasks/bulk/new" not in page
    assert "/tasks/export.csv" in page
