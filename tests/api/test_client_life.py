"""The clients of an account: list, read, replace, rotate, revoke."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import Settings

from clients_app import clients
from clients_app.exceptions import WrongCredentials
from clients_app.models import AccessToken, AuditEntry, Client
from tasks_app.models import Task
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, CLIENTS, NOWHERE, XML, Api, as_xml, asked
from tests.factories import SECRET, Party


@pytest.fixture
def other(account: Party) -> Client:
    return factories.client(user=account.administrator, name="Billing")


def body(party: Party, **members: Any) -> dict[str, Any]:
    return {"Name": "Renamed", "UserID": str(party.administrator.pk)} | members


def opens(client: Client | str, secret: str) -> bool:
    try:
        clients.identify(UUID(str(client.pk if isinstance(client, Client) else client)), {secret})
    except WrongCredentials:
        return False
    return True


def test_the_list_has_the_account_s_own_without_secrets(
    api: Api, account: Party, neighbour: Party, other: Client
) -> None:
    revoked = factories.client(user=account.administrator, name="Gone")
    clients.revoke(revoked, by=account.caller, now=timezone.now())

    listed = api.of(account).get(CLIENTS).detail

    assert [(client["ID"], client["Name"], client["Secret"]) for client in listed] == [
        (str(account.client.pk), "A client", None),
        (str(other.pk), "Billing", None),
    ]
    assert listed[1] == api.of(account).get(f"{CLIENTS}/{other.pk}").detail


def test_a_put_without_a_secret_leaves_it(api: Api, account: Party, other: Client) -> None:
    reader = factories.user(account=account.account)

    answer = api.of(account).put(f"{CLIENTS}/{other.pk}", body(account, UserID=str(reader.pk), Secret=None))

    assert (answer.status, answer.detail) == (
        200,
        {"ID": str(other.pk), "Name": "Renamed", "Secret": None, "UserID": str(reader.pk)},
    )
    assert opens(other, SECRET)


def test_in_xml_the_root_is_the_published_one(api: Api, account: Party, other: Client) -> None:
    members = {"ID": NOWHERE, "AccountID": NOWHERE} | body(account)

    answer = api.of(account).put(f"{CLIENTS}/{other.pk}", as_xml(members, "ClientRequest"), content_type=XML)

    assert (answer.status, "<Name>Renamed</Name>" in answer.text) == (200, True)


def test_a_put_with_a_secret_ends_the_old_one_and_the_tokens(api: Api, account: Party, other: Client) -> None:
    factories.token(client=other)
    fresh = clients.rotate(other, by=account.caller, now=timezone.now()).secret

    answer = api.of(account).put(f"{CLIENTS}/{other.pk}", body(account, Secret="another secret"))

    assert (answer.status, answer.detail["Secret"]) == (200, None)
    assert [opens(other, secret) for secret in (SECRET, fresh, "another secret")] == [False, False, True]
    assert not AccessToken.objects.filter(client=other).exists()
    assert "another secret" not in repr(AuditEntry.objects.values())


@pytest.mark.parametrize("wrong", [{"Name": "n" * 19}, {"Name": None}, {"UserID": NOWHERE}, {"Secret": "short"}])
def test_a_wrong_put_changes_nothing(api: Api, account: Party, other: Client, wrong: dict[str, Any]) -> None:
    answer = api.of(account).put(f"{CLIENTS}/{other.pk}", body(account) | wrong)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert next(iter(wrong)) in answer.reason
    assert Client.objects.get(pk=other.pk).name == "Billing"


def test_a_rotated_secret_is_shown_once_and_the_old_one_lives_for_a_while(
    api: Api, account: Party, other: Client, settings: Settings
) -> None:
    answer = api.of(account).call("POST", f"{CLIENTS}/{other.pk}/rotate")

    secret = answer.detail["Secret"]
    assert (answer.status, secret[:4], len(secret)) == (200, "acs_", 47)
    assert opens(other, secret)
    assert opens(other, SECRET)
    assert api.of(account).get(f"{CLIENTS}/{other.pk}").detail["Secret"] is None
    assert secret not in repr([*Client.objects.values(), *AuditEntry.objects.values()])

    Client.objects.update(previous_secret_until=timezone.now() - timedelta(seconds=1))

    assert opens(other, secret)
    assert not opens(other, SECRET)


def test_there_are_never_three_secrets(api: Api, account: Party, other: Client) -> None:
    first = api.of(account).call("POST", f"{CLIENTS}/{other.pk}/rotate").detail["Secret"]

    second = api.of(account).call("POST", f"{CLIENTS}/{other.pk}/rotate").detail["Secret"]

    assert [opens(other, secret) for secret in (SECRET, first, second)] == [False, True, True]


def test_tokens_outlive_a_rotation(api: Api, account: Party) -> None:
    api.of(account).call("POST", f"{CLIENTS}/{account.client.pk}/rotate")

    assert api.of(account).get(CLIENTS).status == 200


def test_a_revoked_client_is_gone_and_what_it_registered_stays(
    api: Api, account: Party, other: Client, task: Task
) -> None:
    token = factories.token(client=other)
    created = Api({"Authorization": f"Bearer {token}"}).post(ACCOUNT_TASKS, asked(task.pk))

    answer = api.of(account).delete(f"{CLIENTS}/{other.pk}")

    assert (answer.status, answer.detail) == (200, {})
    assert Api({"Authorization": f"Bearer {token}"}).get(CLIENTS).status == 401
    assert not opens(other, SECRET)
    assert api.of(account).get(created.response["Location"]).detail["ClientID"] == str(other.pk)
    for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/rotate")]:
        assert api.of(account).call(method, f"{CLIENTS}/{other.pk}{path}").status == 404
    assert api.of(account).put(f"{CLIENTS}/{other.pk}", body(account)).status == 404
