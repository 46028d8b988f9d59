"""POST api/v1|v2/admin/clients."""

from typing import Any

import pytest

from clients_app import clients
from clients_app.models import AuditEntry, Client, User
from tests import factories
from tests.api.calls import CLIENTS, FORM, JSON, XML, Api, as_form, as_xml
from tests.factories import Party


def asked(user: User, **members: Any) -> dict[str, Any]:
    whole = {"Name": "Billing", "Secret": "12345678", "UserID": str(user.pk)} | members
    return {name: value for name, value in whole.items() if value is not None}


@pytest.mark.parametrize("path", [CLIENTS, "/api/v1/admin/clients", "/API/V1/Admin/Clients/"])
def test_the_secret_comes_back_as_it_was_sent_this_once(api: Api, account: Party, path: str) -> None:
    answer = api.of(account).post(path, asked(account.administrator))

    client = Client.objects.get(name="Billing")
    assert answer.status == 201
    assert answer.response["Location"] == f"{CLIENTS}/{client.pk}"
    assert answer.detail == {
        "ID": str(client.pk),
        "Name": "Billing",
        "Secret": "12345678",
        "UserID": str(account.administrator.pk),
    }
    assert list(answer.detail) == ["ID", "Name", "Secret", "UserID"]
    assert client.account == account.account
    assert clients.identify(client.pk, {"12345678"}) == client
    assert "12345678" not in repr(Client.objects.values())


def test_in_xml_id_and_account_id_are_ignored(api: Api, account: Party, neighbour: Party) -> None:
    members = {"ID": neighbour.client.pk, "AccountID": neighbour.account.pk} | asked(account.administrator)

    answer = api.of(account).post(CLIENTS, as_xml(members, "ClientRequest"), content_type=XML)

    client = Client.objects.get(name="Billing")
    assert (answer.status, client.account) == (201, account.account)
    assert answer.text.startswith("<ResponseOfClientResponse ")
    assert answer.text.endswith(
        f"<Detail><ID>{client.pk}</ID><Name>Billing</Name><Secret>12345678</Secret>"
        f"<UserID>{account.administrator.pk}</UserID></Detail></ResponseData></ResponseOfClientResponse>"
    )


def test_a_form_will_do(api: Api, account: Party) -> None:
    assert api.of(account).post(CLIENTS, as_form(asked(account.administrator)), content_type=FORM).status == 201


WRONG = [
    ({"Name": None}, "Name"),
    ({"Name": ""}, "Name"),
    ({"Name": "   "}, "Name"),
    ({"Name": "n" * 19}, "Name"),
    ({"Name": "n\x00"}, "Name"),
    ({"Secret": None}, "Secret"),
    ({"Secret": "1234567"}, "Secret"),
    ({"Secret": "s" * 51}, "Secret"),
    ({"Secret": "12345678\ud800"}, "Secret"),
    ({"UserID": None}, "UserID"),
    ({"UserID": "x"}, "UserID"),
    ({"UserID": "7c0e2f64-93d1-4b58-a6f2-1d85c3b9e047"}, "UserID"),
]


@pytest.mark.parametrize(("members", "named"), WRONG)
def test_wrong_members_are_named_and_leave_no_row(
    api: Api, account: Party, members: dict[str, Any], named: str
) -> None:
    answer = api.of(account).post(CLIENTS, asked(account.administrator, **members))

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert named in answer.reason
    assert Client.objects.count() == 1


def test_the_longest_name_and_secret_are_taken(api: Api, account: Party) -> None:
    assert api.of(account).post(CLIENTS, asked(account.administrator, Name="n" * 18, Secret="s" * 50)).status == 201


def test_a_user_of_another_account_looks_like_none(api: Api, account: Party, neighbour: Party) -> None:
    foreign = api.of(account).post(CLIENTS, asked(neighbour.administrator))
    absent = api.of(account).post(CLIENTS, asked(neighbour.administrator, UserID=str(neighbour.account.pk)))

    assert (foreign.status, foreign.code, "UserID" in foreign.reason) == (400, "INVALID_REQUEST", True)
    assert foreign.text == absent.text
    assert Client.objects.count() == 2


def test_a_switched_off_user_gets_no_client(api: Api, account: Party) -> None:
    user = factories.user(account=account.account)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert api.of(account).post(CLIENTS, asked(user)).status == 400


def test_the_audit_entry_holds_no_secret(api: Api, account: Party) -> None:
    api.of(account).post(CLIENTS, asked(account.administrator, Secret="a canary in the mine"))

    entry = AuditEntry.objects.filter(action="client registered").latest("id")
    assert (entry.user, entry.client) == (account.administrator, account.client)
    assert "canary" not in repr(entry.after)
    assert "secret" not in repr(entry.after)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "post"])
def test_other_methods_are_not_allowed(api: Api, account: Party, method: str) -> None:
    answer = api.of(account).call(method, CLIENTS, Accept=JSON)

    assert (answer.status, answer.code, answer.response["Allow"]) == (405, "METHOD_NOT_ALLOWED", "GET, HEAD, POST")
