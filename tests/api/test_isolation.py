"""
Who gets what: every endpoint, method and kind of caller, with rows that are the caller's own, those of another account,
and rows that do not exist. An endpoint without a line in the table fails.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from clients_app import clients
from clients_app.models import User
from clients_app.models.user import Role
from config.api.endpoints import all_endpoints
from tasks_app.models import Task, TaskRun
from tests import factories
from tests.api.calls import JSON, NOWHERE, XML, Answer, Api, as_xml, asked
from tests.api.every_endpoint import ABSENT, OF_THE_SERVICE, TABLE, A, Rows, call, rows_of, snapshot
from tests.factories import PASSWORD, Party


@pytest.fixture
def own(account: Party, task: Task) -> Rows:
    return rows_of(account, task)


@pytest.fixture
def foreign(neighbour: Party, task: Task) -> Rows:
    return rows_of(neighbour, task)


def test_every_endpoint_has_its_line() -> None:
    assert sorted(TABLE) == sorted(f"{each.method} {each.path}" for each in all_endpoints())


def basic(email: str) -> Api:
    return Api({"Authorization": f"Basic {base64.b64encode(f'{email}:{PASSWORD}'.encode()).decode()}"})


def second_client(party: Party) -> Api:
    return Api({"Authorization": f"Bearer {factories.token(client=factories.client(user=party.administrator))}"})


CALLERS: dict[str, Callable[[Party], Api]] = {
    "client": lambda party: Api().of(party),
    "another client of the account": second_client,
    "administrator with a password": lambda party: basic(party.administrator.email),
}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", TABLE)
def test_own_rows(account: Party, own: Rows, foreign: Rows, name: str, caller: str) -> None:
    answer = call(CALLERS[caller](account), name, own)

    assert answer.status == TABLE[name], answer.text
    assert not any(key in answer.text for keys in foreign.all for key in keys.split())


@pytest.mark.parametrize("accept", [JSON, XML])
@pytest.mark.parametrize("caller", CALLERS)
def test_foreign_rows_look_like_absent_ones(account: Party, own: Rows, foreign: Rows, caller: str, accept: str) -> None:
    api = CALLERS[caller](account)
    before = snapshot()

    for name in [name for name in TABLE if "{" in name and name not in OF_THE_SERVICE]:
        # A body must be right in itself: that of a client names a user of the caller's own account.
        answers = [call(api, name, replace(rows, user=own.user, task=own.task), accept) for rows in (foreign, ABSENT)]

        assert [answer.status for answer in answers] == [404, 404], name
        assert answers[0].text == answers[1].text, name
        assert dict(answers[0].response.headers).keys() == dict(answers[1].response.headers).keys(), name
    assert snapshot() == before


@pytest.mark.parametrize("verb", ["", "/retry", "/cancel"])
def test_a_foreign_run_under_an_account_task_of_one_s_own(
    api: Api, account: Party, own: Rows, foreign: Rows, verb: str
) -> None:
    before = snapshot()

    paths = [
        f"{A}/{own.account_task}/runs/{run}{verb}" for run in (foreign.finished, foreign.queued.split()[1], NOWHERE)
    ]
    answers = [api.of(account).call("POST" if verb else "GET", path) for path in paths]

    assert [(answer.status, answer.text) for answer in answers] == [(404, answers[0].text)] * 3
    assert snapshot() == before


def test_a_foreign_account_task_can_not_be_run(api: Api, account: Party, own: Rows, foreign: Rows) -> None:
    answers = [api.of(account).call("POST", f"{A}/run?id={key}") for key in (foreign.account_task, NOWHERE)]

    assert [(answer.status, answer.text) for answer in answers] == [(404, answers[0].text)] * 2
    assert TaskRun.objects.filter(account_task__id=foreign.account_task).count() == 1


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/v2/admin/clients"), ("PUT", "/api/v2/admin/clients/{}")])
def test_a_client_can_not_be_tied_to_a_foreign_user(
    api: Api, account: Party, own: Rows, foreign: Rows, method: str, path: str
) -> None:
    def send(user: str) -> Answer:
        body = json.dumps({"Name": "New", "Secret": "12345678", "UserID": user})
        return api.of(account).call(method, path.format(own.client), body, content_type=JSON)

    answers = [send(user) for user in (foreign.user, NOWHERE)]

    assert [answer.status for answer in answers] == [400, 400]
    assert answers[0].text == answers[1].text


def reader(party: Party) -> Api:
    user = factories.user(account=party.account, role=Role.READER)
    return Api({"Authorization": f"Bearer {factories.token(client=factories.client(user=user))}"})


def switched_off(party: Party) -> Api:
    api = second_client(party)
    type(party.account).objects.filter(pk=party.account.pk).update(is_enabled=False)
    return api


def of_a_switched_off_user(party: Party) -> Api:
    user = factories.user(account=party.account)
    api = Api({"Authorization": f"Bearer {factories.token(client=factories.client(user=user))}"})
    User.objects.filter(pk=user.pk).update(is_active=False)
    return api


def revoked(party: Party) -> Api:
    client = factories.client(user=party.administrator)
    api = Api({"Authorization": f"Bearer {factories.token(client=client)}"})
    clients.revoke(client, by=party.caller, now=timezone.now())
    return api


def operator(party: Party) -> Api:
    return basic(factories.user(account=None).email)


REFUSED: dict[str, tuple[Callable[[Party], Api], int]] = {
    "nobody": (lambda party: Api(), 401),
    "a made-up token": (lambda party: Api({"Authorization": "Bearer act_made-up"}), 401),
    "a wrong password": (lambda party: Api({"Authorization": "Basic YTpi"}), 401),
    "a revoked client": (revoked, 401),
    "a client of a switched-off account": (switched_off, 403),
    "a client of a switched-off user": (of_a_switched_off_user, 403),
    "an operator": (operator, 403),
}


@pytest.mark.parametrize("caller", REFUSED)
def test_callers_who_get_nothing(account: Party, own: Rows, settings: Settings, caller: str) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = settings.AXES_FAILURE_LIMIT = 1_000
    settings.WRONG_CREDENTIALS_AT_NEW_ADDRESSES_PER_HOUR = 4_000
    api, status = REFUSED[caller][0](account), REFUSED[caller][1]
    before = snapshot()

    for name in TABLE:
        for rows in (own, ABSENT):
            answer = call(api, name, rows)

            assert (answer.status, answer.body["ResponseData"]) == (status, None), name
    assert snapshot() == before


def test_readers_see_and_change_nothing(account: Party, own: Rows) -> None:
    api = reader(account)
    before = snapshot()

    for name in TABLE:
        assert call(api, name, own).status == (200 if name.startswith("GET") else 403), name
    assert snapshot() == before


def requests_in_xml() -> Iterator[Any]:
    yield pytest.param("POST", A, "AccountTaskRequest", id="create")
    yield pytest.param("PUT", f"{A}/{NOWHERE}", "AccountTaskUpdateRequest", id="replace")


@pytest.mark.parametrize(("method", "path", "root"), list(requests_in_xml()))
def test_members_that_are_not_the_caller_s_to_set_are_ignored(
    api: Api, account: Party, own: Rows, foreign: Rows, method: str, path: str, root: str
) -> None:
    extra = {"ID": NOWHERE, "AccountID": foreign.user, "ClientID": foreign.client, "Status": "RUNNING"}
    body = as_xml(asked(own.task) | extra, root)

    answer = api.of(account).call(method, path.replace(NOWHERE, own.account_task), body, content_type=XML, Accept=JSON)

    assert answer.status in (200, 201)
    assert (answer.detail["ClientID"], answer.detail["Status"]) == (str(account.client.pk), answer.detail["Status"])
    assert answer.detail["ID"] != NOWHERE
    assert answer.detail["Status"] != "RUNNING"
