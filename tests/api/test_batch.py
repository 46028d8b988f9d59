"""POST api/v2/admin/tasks/account/batch."""

import base64
import json
from typing import Any
from xml.etree import ElementTree

import pytest

from clients_app.models import AuditEntry, Client
from tasks_app.models import AccountTask, Task
from tests.api.calls import ACCOUNT_TASKS, FORM, NOWHERE, XML, Api, as_xml, asked
from tests.factories import Party

BATCH = f"{ACCOUNT_TASKS}/batch"


def batch(*items: Any, **members: Any) -> dict[str, Any]:
    return {"Items": list(items)} | members


def as_xml_batch(*items: dict[str, Any], flag: str = "") -> str:
    inner = "".join(as_xml(item) for item in items)
    return f"<BatchRequest>{flag}<Items>{inner}</Items></BatchRequest>"


def test_each_item_has_its_own_result_in_order(api: Api, account: Party, task: Task) -> None:
    right, other = asked(task.pk), asked(task.pk, Frequency="HOURLY", Parameters="[1]")
    unknown, wrong = asked(NOWHERE), asked(task.pk, Frequency="OFTEN", Parameters="{")

    answer = api.of(account).post(BATCH, batch(right, unknown, wrong, other, 7, None, "x", [right]))

    assert answer.status == 200
    results = answer.detail
    assert [result["Status"] for result in results] == [201, 400, 400, 201, 400, 400, 400, 400]
    assert [list(result) for result in results] == [["Status", "Error", "Detail"]] * 8
    assert results[0]["Detail"] == api.of(account).get(f"{ACCOUNT_TASKS}/{results[0]['Detail']['ID']}").detail
    assert (results[3]["Detail"]["Frequency"], results[3]["Error"]) == ("HOURLY", None)
    assert results[1]["Error"]["ErrorCode"] == "TASK_NOT_FOUND"
    assert results[2]["Error"]["ErrorReason"] == (
        "Frequency must be one of NONE, HOURLY, DAILY, WEEKLY, MONTHLY, QUARTERLY, YEARLY; "
        "Parameters is not well-formed JSON: line 1 column 2."
    )
    assert results[4]["Error"]["ErrorReason"] == "The item must be an AccountTaskRequest."
    assert results[2]["Detail"] is None
    assert AccountTask.objects.count() == 2
    assert AuditEntry.objects.filter(action="account task registered").count() == 2


def test_in_xml_both_ways(api: Api, account: Party, task: Task) -> None:
    body = as_xml_batch(asked(task.pk), asked(task.pk, Frequency="often"), asked(task.pk, StartDate="2030-01-01"))

    answer = api.of(account).post(BATCH, body, content_type=XML)

    root = ElementTree.fromstring(answer.text)  # noqa: S314 (our own)
    assert (answer.status, root.tag) == (200, "ResponseOfListOfBatchItemResponse")
    items = root.findall("ResponseData/Detail/BatchItemResponse")
    assert [item.findtext("Status") for item in items] == ["201", "400", "201"]
    assert [child.tag for child in items[1]] == ["Status", "Error"]
    assert items[2].findtext("Detail/StartDate") == "2030-01-01T00:00:00+00:00"
    assert AccountTask.objects.count() == 2


@pytest.mark.parametrize("flag", [True, "true"])
def test_all_or_nothing_registers_all(api: Api, account: Party, task: Task, flag: Any) -> None:
    answer = api.of(account).post(BATCH, batch(asked(task.pk), asked(task.pk), AllOrNothing=flag))

    assert [result["Status"] for result in answer.detail] == [201, 201]
    assert AccountTask.objects.count() == 2


def test_all_or_nothing_registers_nothing_if_one_is_wrong(api: Api, account: Party, task: Task) -> None:
    items = [asked(task.pk), asked(NOWHERE), asked(task.pk, TaskID=None)]

    answer = api.of(account).post(BATCH, batch(*items, AllOrNothing=True))

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.reason.startswith("Items[1]: TaskID is not in the catalogue of tasks, or that task is switched off. ")
    assert answer.reason.endswith("Items[2]: TaskID is required.")
    assert not AccountTask.objects.exists()
    assert not AuditEntry.objects.filter(action="account task registered").exists()


def test_a_single_reason_is_the_code_of_all(api: Api, account: Party, task: Task) -> None:
    items = [asked(NOWHERE)] * 30

    answer = api.of(account).post(BATCH, batch(*items, AllOrNothing=True))

    assert (answer.status, answer.code) == (400, "TASK_NOT_FOUND")
    assert answer.reason.endswith(" And 10 more.")


def test_in_xml_with_the_flag(api: Api, account: Party, task: Task) -> None:
    body = as_xml_batch(asked(task.pk), asked(NOWHERE), flag="<AllOrNothing>true</AllOrNothing>")

    answer = api.of(account).post(BATCH, body, content_type=XML)

    assert answer.status == 400
    assert answer.text.startswith("<ResponseOfListOfBatchItemResponse ")
    assert not AccountTask.objects.exists()


def test_a_thousand_and_no_more(api: Api, account: Party, task: Task) -> None:
    answer = api.of(account).post(BATCH, batch(*[asked(task.pk)] * 1_000))
    too_many = api.of(account).post(BATCH, batch(*[asked(task.pk)] * 1_001))

    assert (answer.status, {result["Status"] for result in answer.detail}) == (200, {201})
    assert (too_many.status, too_many.reason) == (400, "Items must hold 1 to 1000 AccountTaskRequests.")
    assert AccountTask.objects.count() == 1_000


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"Items": null}',
        '{"Items": []}',
        '{"Items": "x"}',
        '{"Items": {"a": 1}}',
        '{"Items": [{}], "AllOrNothing": "perhaps"}',
        "[]",
        "",
    ],
)
def test_what_is_no_batch_is_refused(api: Api, account: Party, body: str) -> None:
    assert api.of(account).post(BATCH, body).status == 400
    assert not AccountTask.objects.exists()


@pytest.mark.parametrize(
    "inner", ["", "<Items/>", "<Items>x</Items>", "<Items><Other/></Items>", "<Items><!-- --></Items>"]
)
def test_what_is_no_batch_in_xml_is_refused(api: Api, account: Party, inner: str) -> None:
    answer = api.of(account).post(BATCH, f"<BatchRequest>{inner}</BatchRequest>", content_type=XML)

    assert (answer.status, "Items" in answer.text) == (400, True)


@pytest.mark.parametrize("inner", ["<AccountTaskRequest/>", "<AccountTaskRequest>x</AccountTaskRequest>"])
def test_an_item_that_is_none_in_xml(api: Api, account: Party, inner: str) -> None:
    body = f"<BatchRequest><Items>{inner}</Items></BatchRequest>"

    answer = api.of(account).post(BATCH, body, content_type=XML, Accept="application/json")

    assert [result["Status"] for result in answer.detail] == [400]


def test_a_form_can_hold_no_batch(api: Api, account: Party) -> None:
    answer = api.of(account).post(BATCH, "Items=1", content_type=FORM)

    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_eight_mebibytes_and_no_more(api: Api, account: Party, task: Task) -> None:
    whole = json.dumps(batch(asked(task.pk)))
    largest = whole + " " * (8 * 2**20 - len(whole))

    assert api.of(account).post(BATCH, largest).status == 200
    answer = api.of(account).post(BATCH, largest + " ")
    assert (answer.status, answer.code, answer.reason) == (413, "TOO_LARGE", "The body must be no larger than 8 MiB.")
    assert api.of(account).post(ACCOUNT_TASKS, largest).reason == "The body must be no larger than 1 MiB."


def test_without_a_client_each_item_is_refused(api: Api, account: Party, task: Task) -> None:
    Client.objects.update(revoked_at="2026-01-01T00:00Z")
    basic = base64.b64encode(f"{account.administrator.email}:correct horse battery staple".encode()).decode()

    answer = Api({"Authorization": f"Basic {basic}"}).post(BATCH, batch(asked(task.pk)))

    assert [result["Error"]["ErrorCode"] for result in answer.detail] == ["CLIENT_REQUIRED"]
