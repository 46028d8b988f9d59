"""GET api/v2/admin/tasks/account: filters, order, pages."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from clients_app.api.paging import MOST
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task
from tasks_app.models.task_run import State
from tasks_app.schedules import Schedule
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, XML, Api
from tests.factories import NOW, Party

DAY = timedelta(days=1)


def made(party: Party, task: Task, number: int, **facts: Any) -> AccountTask:
    """The one of that day."""
    given: dict[str, Any] = {"schedule": Schedule(Frequency.DAILY), "now": NOW + number * DAY} | facts
    return factories.account_task(client=party.client, task=task, **given)


def pages(api: Api, path: str) -> list[list[str]]:
    """The IDs of all pages, by following the Link headers."""
    found = []
    while path:
        answer = api.get(path)
        assert answer.status == 200, answer.text
        found.append([item["ID"] for item in answer.detail])
        link = answer.response.headers.get("Link", "")
        path = link[1 : link.index(">")] if link else ""
        assert not link or link.endswith('>; rel="next"')
    return found


def ids(api: Api, query: str = "") -> list[str]:
    return [key for page in pages(api, f"{ACCOUNT_TASKS}{query}") for key in page]


def test_there_may_be_none(api: Api, account: Party) -> None:
    answer = api.of(account).get(ACCOUNT_TASKS)

    assert (answer.status, answer.detail) == (200, [])
    assert "Link" not in answer.response.headers


def test_the_newest_come_first_and_each_looks_like_itself(api: Api, account: Party, task: Task) -> None:
    old, new = made(account, task, 1), made(account, task, 2)

    listed = api.of(account).get(ACCOUNT_TASKS).detail

    assert [item["ID"] for item in listed] == [str(new.pk), str(old.pk)]
    assert listed[1] == api.of(account).get(f"{ACCOUNT_TASKS}/{old.pk}").detail


def test_in_xml_items_are_called_by_their_shape(api: Api, account: Party, task: Task) -> None:
    rows = [made(account, task, number) for number in (1, 2)]

    root = ElementTree.fromstring(api.of(account).get(ACCOUNT_TASKS, Accept=XML).text)  # noqa: S314 (our own)

    assert root.tag == "ResponseOfListOfAccountTaskResponse"
    assert [child.tag for child in root.iterfind("ResponseData/Detail/*")] == ["AccountTaskResponse"] * 2
    assert [element.text for element in root.iterfind("ResponseData/Detail/*/ID")] == [
        str(row.pk) for row in rows[::-1]
    ]


def test_an_empty_list_in_xml(api: Api, account: Party) -> None:
    assert "<Detail /></ResponseData>" in api.of(account).get(ACCOUNT_TASKS, Accept=XML).text


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
@pytest.mark.parametrize(
    "sort", ["DateCreated", "-DateCreated", "NextRunOn", "-NextRunOn", "LastRunOn", "-LastRunOn", "-DateModified"]
)
def test_pages_hold_each_one_once_in_order(api: Api, account: Party, task: Task, sort: str, limit: int) -> None:
    other = factories.task(name="Another task")
    rows = [made(account, [task, other][number % 2], number // 2) for number in range(6)]
    AccountTask.objects.filter(pk__in=[row.pk for row in rows[:3]]).update(next_run_at=None, is_enabled=False)
    AccountTask.objects.filter(pk=rows[4].pk).update(last_run_at=NOW)

    found = pages(api.of(account), f"{ACCOUNT_TASKS}?sort={sort}&limit={limit}")
    of_other = pages(api.of(account), f"{ACCOUNT_TASKS}?sort={sort}&limit={limit}&TaskID={other.pk}")

    keys = [key for page in found for key in page]
    keys_of_other = {str(rows[number].pk) for number in (1, 3, 5)}
    assert [key for page in of_other for key in page] == [key for key in keys if key in keys_of_other]
    assert sorted(keys) == sorted(str(row.pk) for row in rows)
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert keys == ids(api.of(account), f"?sort={sort}")
    by_key = {str(row.pk): AccountTask.objects.get(pk=row.pk) for row in rows}
    if sort.endswith("NextRunOn"):
        shown = [by_key[key].next_run_at for key in keys]
        moments = [moment for moment in shown if moment]
        assert moments == sorted(moments, reverse=sort.startswith("-"))
        assert shown[3:] == [None] * 3


def test_a_page_goes_on_where_the_last_one_ended_whatever_came_and_went(api: Api, account: Party, task: Task) -> None:
    rows = [made(account, task, number) for number in range(6)]
    first = api.of(account).get(f"{ACCOUNT_TASKS}?limit=2")
    rows[4].delete()
    made(account, task, 9)

    link = first.response.headers["Link"]
    second = api.of(account).get(link[1 : link.index(">")])

    assert [item["ID"] for item in second.detail] == [str(rows[3].pk), str(rows[2].pk)]


def test_a_link_keeps_the_filters_and_the_version_of_the_path(api: Api, account: Party, task: Task) -> None:
    for number in range(3):
        made(account, task, number, parameters_text='{"a": "ß&"}')

    link = (
        api.of(account)
        .get(f"/API/v1/Admin/Tasks/Account/?limit=1&Frequency=daily&Search={quote('ß&')}")
        .response["Link"]
    )

    assert link.startswith("</API/v1/Admin/Tasks/Account/?limit=1&Frequency=daily&Search=%C3%9F%26&cursor=")


FILTERS: list[tuple[str, list[int]]] = [
    ("Frequency=HOURLY", [1]),
    ("frequency=1", [1]),
    ("Enabled=false", [2]),
    ("enabled=True", [4, 3, 1, 0]),
    ("Status=FAILED", [3]),
    ("status=pending", [4, 2, 1, 0]),
    ("CreatedFrom=2026-03-04", [4, 3]),
    ("CreatedTo=2026-03-02T12:00:00Z", [1, 0]),
    ("CreatedFrom=2026-03-02&CreatedTo=2026-03-03T13:00:00%2B00:00", [2, 1]),
    ("NextRunTo=2026-03-02T13:00:00Z", [1, 0]),
    ("NextRunFrom=2026-03-05T00:00", [4, 3]),
    ("search=needle", [4]),
    ("SEARCH=NEEDLE", [4]),
    ("search=a%20TASK", [4, 3, 2, 1, 0]),
    ("search=100%25", []),
    ("search=NÄH%20%20e", [4]),
    ("search=Of", []),  # the name of a member
    ("Enabled=true&Frequency=DAILY&sort=DateCreated", [0, 3, 4]),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_filters(api: Api, account: Party, neighbour: Party, task: Task, query: str, expected: list[int]) -> None:
    rows = [made(account, task, number) for number in range(3)]
    rows += [
        made(account, task, 3),
        made(account, task, 4, parameters_text='{"Of": ["x Needle y", {"b": "N\\u00c4h\\n e"}]}'),
    ]
    AccountTask.objects.filter(pk=rows[1].pk).update(frequency=Frequency.HOURLY, next_run_at=NOW + DAY + DAY / 24)
    AccountTask.objects.filter(pk=rows[2].pk).update(is_enabled=False, next_run_at=None)
    AccountTask.objects.filter(pk=rows[3].pk).update(status=State.FAILED)
    made(neighbour, task, 3, parameters_text='{"a": "needle"}')

    assert ids(api.of(account), f"?{query}") == [str(rows[number].pk) for number in expected]


def test_filters_by_task_and_client(api: Api, account: Party, task: Task) -> None:
    other_task, other_client = factories.task(name="Other"), factories.client(user=account.administrator)
    rows = [
        made(account, task, 0),
        made(account, other_task, 1),
        factories.account_task(client=other_client, task=task, now=NOW + 2 * DAY),
    ]

    assert ids(api.of(account), f"?TaskID={other_task.pk.hex}") == [str(rows[1].pk)]
    assert ids(api.of(account), f"?ClientID={{{other_client.pk}}}") == [str(rows[2].pk)]
    assert ids(api.of(account), f"?ClientID={other_client.pk}&TaskID={other_task.pk}") == []


def test_deleted_ones_and_those_of_others_are_not_in_it(api: Api, account: Party, neighbour: Party, task: Task) -> None:
    made(neighbour, task, 1)
    AccountTask.objects.filter(pk=made(account, task, 2).pk).update(deleted_at=NOW, next_run_at=None)

    assert ids(api.of(account)) == []


WRONG = [
    ("limit=0", "limit must be a whole number from 1 to 1000"),
    ("limit=1001", "limit must be"),
    ("limit=ten", "limit must be"),
    ("limit=", "limit must be"),
    ("sort=Colour", "sort must be one of DateCreated, -DateCreated"),
    ("sort=", "sort must be"),
    ("Frequency=OFTEN", "Frequency must be one of NONE"),
    ("TaskID=7", "TaskID must be a GUID"),
    ("Enabled=maybe", "Enabled must be true or false"),
    ("Status=DONE", "Status must be one of PENDING"),
    ("CreatedFrom=yesterday", "CreatedFrom must be a date"),
    ("NextRunTo=", "NextRunTo must be a date"),
    ("search=" + "x" * 101, "search must have no more than 100 characters"),
    ("search=%00", "search must not hold characters"),
    ("Colour=red", "The query must hold no more than limit, cursor, sort, TaskID"),
    ("cursor=x", "cursor must come from the Link header"),
    ("cursor=", "cursor must come"),
    ("cursor=W10", "cursor must come"),
    ("cursor=WyJ4IiwgMSwgMl0", "cursor must come"),
    ("cursor=WyItRGF0ZUNyZWF0ZWQiLCAiMDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCIsICI3Il0", "cursor must come"),
    ("cursor=" + quote("é☃"), "cursor must come"),
    ("limit=x&sort=y", "limit must be"),
]


@pytest.mark.parametrize(("query", "reason"), WRONG)
def test_a_wrong_query_is_refused(api: Api, account: Party, query: str, reason: str) -> None:
    answer = api.of(account).get(f"{ACCOUNT_TASKS}?{query}")

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.reason.startswith(reason)


def test_a_cursor_of_another_order_is_refused(api: Api, account: Party, task: Task) -> None:
    for number in range(3):
        made(account, task, number)
    link = api.of(account).get(f"{ACCOUNT_TASKS}?limit=1&sort=NextRunOn").response["Link"]
    cursor = link[1 : link.index(">")].rpartition("cursor=")[2]

    assert api.of(account).get(f"{ACCOUNT_TASKS}?limit=1&sort=LastRunOn&cursor={cursor}").status == 400
    assert api.of(account).get(f"{ACCOUNT_TASKS}?limit={MOST}&sort=NextRunOn&cursor={cursor}").status == 200
