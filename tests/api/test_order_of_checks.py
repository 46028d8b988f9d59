"""Unknown path 404, then 401, 405, 403, 413, 415, 400, then the rest; and what a caller sees where nothing is."""

import pytest

from clients_app.models import User
from clients_app.models.user import Role
from tasks_app.models import Task
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, JSON, XML, Api
from tests.factories import Party

UNKNOWN = [
    "/api",
    "/api/",
    "/api/v3/admin/tasks/account",
    "/api/admin/tasks/account",
    "/api/v2/admin/tasks/accounts",
    "/api/v2/admin/tasks/account/no-guid",
    "/api/v2/admin/tasks/account.json",
    "/api/v2/admin/tas\u212as/account",
    "/api/v2/admin/tasks/account//",
    "/api/v2/\u0000\n",
]


@pytest.mark.parametrize("path", UNKNOWN)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "FOO"])
def test_an_unknown_path_is_404_for_everyone(api: Api, path: str, method: str) -> None:
    answer = api.call(method, path, b"{", content_type="text/plain", Accept=JSON)

    assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_an_unknown_path_in_xml_is_a_response_of_object(api: Api) -> None:
    answer = api.get("/api/v2/admin/nothing", Accept=XML)

    assert answer.text.startswith("<ResponseOfObject xmlns:xsd=")
    assert "<Error><ErrorCode>NOT_FOUND</ErrorCode><ErrorReason>" in answer.text
    assert "ResponseData" not in answer.text


def test_outside_of_the_api_a_404_is_a_page(api: Api) -> None:
    answer = api.get("/nothing", Accept=JSON)

    assert (answer.status, answer.response["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_host_that_is_not_ours_is_told_in_the_envelope(api: Api) -> None:
    as_json = api.get(ACCOUNT_TASKS, Host="evil.example")
    as_xml = api.get(ACCOUNT_TASKS, Host="evil.example", Accept=XML, Accept_Charset="utf-16")
    page = api.get("/nothing", Host="evil.example")

    assert (as_json.status, as_json.code) == (400, "INVALID_REQUEST")
    assert as_json.response["Content-Type"] == "application/json; charset=utf-8"
    assert as_xml.response["Content-Type"] == "application/xml; charset=utf-16"
    assert as_xml.response.content.decode("utf-16").startswith("<ResponseOfObject xmlns:xsd=")
    assert (page.status, page.response["Content-Type"]) == (400, "text/html; charset=utf-8")


@pytest.mark.parametrize("header", ["Accept", "Accept_Charset"])
def test_quotes_without_an_end_cost_no_more_than_others(api: Api, header: str) -> None:
    assert api.get("/api/v2/nothing", **{header: '"' * 200_001}).status == 404


def test_each_check_comes_before_the_next(api: Api, account: Party) -> None:
    too_large, caller = b"x" * (2**20 + 1), api.of(account)

    assert api.call("FOO", "/api/v2/nothing", too_large).status == 404
    assert api.call("FOO", ACCOUNT_TASKS, too_large).status == 401
    User.objects.update(role=Role.READER)
    assert caller.call("FOO", ACCOUNT_TASKS, too_large).status == 405
    assert caller.call("POST", ACCOUNT_TASKS, too_large).status == 403
    User.objects.update(role=Role.ADMINISTRATOR)
    assert caller.call("POST", ACCOUNT_TASKS, too_large, content_type="text/plain").status == 413
    assert caller.call("POST", ACCOUNT_TASKS, b"{", content_type="text/plain").status == 415
    assert caller.call("POST", ACCOUNT_TASKS, b"{", content_type=JSON).status == 400


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "Post", "get"])
def test_a_method_that_the_endpoint_lacks_is_405(api: Api, account: Party, method: str) -> None:
    answer = api.of(account).call(method, ACCOUNT_TASKS, b"", Accept=JSON)

    assert (answer.status, answer.response["Allow"]) == (405, "GET, HEAD, POST")


def test_head_answers_like_get(api: Api, account: Party, task: Task) -> None:
    registered = factories.account_task(client=account.client, task=task)

    statuses = [
        api.of(account).call("HEAD", f"{ACCOUNT_TASKS}/{key}").status for key in (registered.pk, account.client.pk)
    ]

    assert statuses == [200, 404]
