"""The export of account tasks: all that the list would show, in its order, as a table."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models import Client
from clients_app.models.user import Role
from tasks_app import cells, tables
from tasks_app.models import AccountTask, Task
from tasks_app.models.task_run import State
from tasks_app.pages import exports
from tests import factories
from tests.factories import Party
from tests.pages.browsing import signed_in

EXPORT = "/tasks/export.csv"


def text_of_export(browser: Browser, query: str = "") -> str:
    response: Any = browser.get(f"{EXPORT}?{query}")
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()


def rows_of_export(browser: Browser, query: str = "") -> list[dict[str, str]]:
    text = text_of_export(browser, query)
    assert text.startswith(tables.BOM)
    return list(csv.DictReader(io.StringIO(text.removeprefix(tables.BOM), newline=""), strict=True))


def test_all_that_is_known_of_each(browser: Browser, account: Party, task: Task) -> None:
    account.account.time_zone = "Asia/Tokyo"
    account.account.save()
    row = factories.account_task(client=account.client, task=task, parameters_text='{"a":\r\n"b;c,d"}')
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    AccountTask.objects.update(status=State.FAILED, last_run_at=moment, last_run_by="SCHEDULER", start_at=moment)

    [exported] = rows_of_export(browser)

    assert list(exported) == [*cells.COLUMNS, *tables.FACTS]
    assert exported == {
        "ID": str(row.pk),
        "Task": "A task",
        "Frequency": "DAILY",
        "StartDate": "2026-01-02T12:04:05+09:00",
        "FinishDate": "",
        "Parameters": '{"a":\r\n"b;c,d"}',
        "ContentType": "application/json",
        "Notification": "NONE",
        "Enabled": "true",
        "Client": "A client",
        "Status": "FAILED",
        "NextRunOn": "2026-03-02T21:00:00+09:00",
        "LastRunOn": "2026-01-02T12:04:05+09:00",
        "LastRunBy": "SCHEDULER",
        "DateCreated": "2026-03-01T21:00:00+09:00",
        "DateModified": "2026-03-01T21:00:00+09:00",
        "LastModifiedBy": "tests",
    }


def test_it_is_a_file_of_its_own(browser: Browser) -> None:
    response: Any = browser.get(EXPORT)

    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="account-tasks-2')


def test_filters_and_order_are_those_of_the_address(
    browser: Browser, account: Party, neighbour: Party, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    rows = [factories.account_task(client=account.client, task=task) for _ in range(5)]
    factories.account_task(client=neighbour.client, task=task)
    AccountTask.objects.filter(pk__in=[rows[1].pk, rows[3].pk]).update(is_enabled=False, next_run_at=None)

    def exported(query: str) -> list[int]:
        known = [str(row.pk) for row in rows]
        return [known.index(row["ID"]) for row in rows_of_export(browser, query)]

    assert exported("") == [4, 3, 2, 1, 0]
    assert exported("sort=DateCreated") == [0, 1, 2, 3, 4]
    assert exported("sort=NextRunOn") == [0, 2, 4, 1, 3]
    assert exported("is_enabled=false&sort=DateCreated") == [1, 3]


def test_a_wrong_filter_leads_to_the_list_which_says_so(browser: Browser) -> None:
    response: Any = browser.get(f"{EXPORT}?status=BLUE&search=a")

    assert (response.status_code, response["Location"]) == (302, "/tasks?status=BLUE&search=a")


def test_no_cell_is_a_formula(browser: Browser, account: Party, task: Task) -> None:
    task.name = '=HYPERLINK("https://evil.example")'
    task.save()
    Client.objects.update(name="@SUM(1)")
    factories.account_task(client=account.client, task=task)

    [row] = rows_of_export(browser)

    assert (row["Task"], row["Client"]) == ('\'=HYPERLINK("https://evil.example")', "'@SUM(1)")


def test_what_a_name_does_not_tell_is_named_by_its_id(browser: Browser, account: Party) -> None:
    twins = [factories.task(name="Twin"), factories.task(name=" Twin")]
    like_an_id = factories.task(name="0f8fad5b-d9cb-469f-a165-70867728950e")
    factories.client(user=account.administrator, name="A client")
    for task in (*twins, like_an_id):
        factories.account_task(client=account.client, task=task)

    rows = rows_of_export(browser, "sort=DateCreated")

    assert [row["Task"] for row in rows] == [str(task.pk) for task in (*twins, like_an_id)]
    assert {row["Client"] for row in rows} == {str(account.client.pk)}


def test_the_number_of_queries_grows_with_pages_alone(browser: Browser, account: Party, task: Task) -> None:
    numbers = []
    for _ in range(2):
        for _ in range(10):
            factories.account_task(client=account.client, task=task)
        with CaptureQueriesContext(connection) as queries:
            text_of_export(browser)
        numbers.append(len(queries))

    assert numbers[0] == numbers[1]


def test_readers_may_export(account: Party, task: Task) -> None:
    factories.account_task(client=account.client, task=task)

    reader = signed_in(factories.user(account=account.account, role=Role.READER))

    assert len(rows_of_export(reader)) == 1
    assert reader.post(EXPORT).status_code == 403
    assert signed_in(account.administrator).post(EXPORT).status_code == 405
