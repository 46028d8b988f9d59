"""Clients at the pages: made, changed, given a new secret and revoked; a secret is shown once."""

import html
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients_app import clients, idempotency
from clients_app.exceptions import KeyInProgress, WrongCredentials
from clients_app.models import Client, User
from clients_app.models.user import Role
from tests import factories
from tests.api.calls import Api
from tests.factories import SECRET, Party
from tests.pages.browsing import signed_in, text_of


def asked(user: User, **fields: Any) -> dict[str, Any]:
    return {"name": "Billing", "user_id": str(user.pk), "secret": "", "key": str(uuid4())} | fields


def shown_secret(response: Any) -> str:
    found = re.search(r'<code id="secret">(.*?)</code>', response.content.decode())
    assert found, response.content.decode()
    return html.unescape(found[1])


def test_without_a_client_the_list_leads_to_the_first_one(browser: Browser) -> None:
    Client.objects.update(revoked_at=timezone.now())

    assert "Make the first client" in text_of(browser.get("/clients"))


def test_the_list_shows_those_of_the_account_alone(browser: Browser, account: Party, neighbour: Party) -> None:
    Client.objects.filter(pk=account.client.pk).update(last_used_at=timezone.now())

    page = text_of(browser.get("/clients"))

    assert str(account.client.pk) in page
    assert "never" not in page
    assert str(neighbour.client.pk) not in page
    assert str(account.client.pk) not in text_of(browser.get("/clients?revoked"))


@pytest.mark.parametrize("own", ["", "it's 'my' own & <b>"])
def test_a_new_client_shows_its_secret_once(browser: Browser, account: Party, own: str) -> None:
    Client.objects.filter(account=account.account).update(revoked_at=timezone.now())
    form = asked(account.administrator, secret=own)

    response = browser.post("/clients/new", form)

    client = Client.objects.get(name="Billing")
    secret = shown_secret(response)
    assert clients.identify(client.pk, {secret}) == client
    assert not own or secret == own
    assert "no-store" in response["Cache-Control"]
    assert "Register the first task" in text_of(response)
    again = browser.post("/clients/new", form, follow=True)
    assert "You have sent this form before" in text_of(again)
    assert secret not in again.content.decode() + browser.get(f"/clients/{client.pk}").content.decode()
    assert Client.objects.filter(name="Billing").count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "n" * 19}, "at most 18 characters"),
        ({"name": "a\x01b"}, "Use letters"),
        ({"secret": "short"}, "must have 8 to 50 characters"),
        ({"secret": "eight\x01chars"}, "Use letters"),
        ({"user_id": "nobody"}, "Select a valid choice."),
        ({"key": "none"}, "Enter a valid UUID."),
    ],
)
def test_what_a_client_can_not_be_is_said(browser: Browser, account: Party, fields: Any, said: str) -> None:
    response = browser.post("/clients/new", asked(account.administrator, **fields))

    assert (response.status_code, said in text_of(response)) == (200, True), text_of(response)
    assert Client.objects.filter(account=account.account).count() == 1


def test_a_foreign_user_can_not_be_chosen(browser: Browser, neighbour: Party) -> None:
    response = browser.post("/clients/new", asked(neighbour.administrator))

    assert "Select a valid choice." in text_of(response)
    assert str(neighbour.administrator.pk) not in text_of(browser.get("/clients/new"))


def test_name_and_user_change(browser: Browser, account: Party) -> None:
    other = factories.user(account=account.account)

    response = browser.post(f"/clients/{account.client.pk}", {"name": "Depot", "user_id": str(other.pk)}, follow=True)

    account.client.refresh_from_db()
    assert "The client is changed." in text_of(response)
    assert (account.client.name, account.client.user) == ("Depot", other)


def test_a_new_secret_after_a_confirmation(browser: Browser, account: Party) -> None:
    address, form = f"/clients/{account.client.pk}/rotate", {"key": str(uuid4())}
    assert "stays good for 7 more days" in text_of(browser.get(address))

    response = browser.post(address, form)

    for secret in (shown_secret(response), SECRET):
        assert clients.identify(account.client.pk, {secret}) == account.client
    assert "no-store" in response["Cache-Control"]
    assert "You have sent this form before" in text_of(browser.post(address, form, follow=True))
    assert "old secret good until" in text_of(browser.get("/clients"))


def test_revoking_after_a_confirmation(browser: Browser, account: Party) -> None:
    address = f"/clients/{account.client.pk}/revoke"
    assert "go on running" in text_of(browser.get(address))

    assert "is revoked" in text_of(browser.post(address, follow=True))

    with pytest.raises(WrongCredentials):
        clients.identify(account.client.pk, {SECRET})
    assert str(account.client.pk) in text_of(browser.get("/clients?revoked"))
    assert browser.get(address).status_code == 404
    assert "It is revoked since" in text_of(browser.get(f"/clients/{account.client.pk}"))
    browser.post(f"/clients/{account.client.pk}", {"name": "Depot", "user_id": str(account.administrator.pk)})
    assert not Client.objects.filter(name="Depot").exists()


@pytest.mark.parametrize("verb", ["", "/rotate", "/revoke"])
def test_what_is_foreign_or_absent_is_not_there(browser: Browser, neighbour: Party, verb: str) -> None:
    for key in (neighbour.client.pk, uuid4()):
        for send in (browser.get, browser.post):
            response: Any = send(f"/clients/{key}{verb}")
            assert response.status_code == 404


def test_readers_change_nothing(account: Party) -> None:
    reader = signed_in(factories.user(account=account.account, role=Role.READER))

    assert "New client" not in text_of(reader.get("/clients"))
    assert "Save" not in text_of(reader.get(f"/clients/{account.client.pk}"))
    for address in ("/clients/new", *(f"/clients/{account.client.pk}{verb}" for verb in ("", "/rotate", "/revoke"))):
        response: Any = reader.post(address, asked(account.administrator))
        assert response.status_code == 403


def test_the_number_of_queries_does_not_depend_on_the_number_of_clients(browser: Browser, account: Party) -> None:
    counts = []
    for number in (1, 20):
        for _ in range(number):
            factories.client(user=account.administrator)
        with CaptureQueriesContext(connection) as queries:
            browser.get("/clients")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_use_is_written_down_at_most_every_five_minutes(api: Api, account: Party) -> None:
    api.of(account).get("/api/v2/admin/clients")
    account.client.refresh_from_db()
    first = account.client.last_used_at
    assert first is not None

    api.of(account).get("/api/v2/admin/clients")
    account.client.refresh_from_db()
    assert account.client.last_used_at == first

    Client.objects.update(last_used_at=first - timedelta(minutes=6))
    api.of(account).get("/api/v2/admin/clients")
    account.client.refresh_from_db()
    assert account.client.last_used_at is not None
    assert account.client.last_used_at >= first


def test_a_new_token_is_a_use(account: Party) -> None:
    factories.token(client=account.client)

    account.client.refresh_from_db()
    assert account.client.last_used_at is not None


def test_an_old_secret_that_is_over_is_not_called_good(browser: Browser, account: Party) -> None:
    clients.rotate(account.client, by=account.caller, now=timezone.now() - timedelta(days=8))

    for address in ("/clients", f"/clients/{account.client.pk}"):
        assert "old secret" not in text_of(browser.get(address))


@pytest.mark.parametrize("address", ["/clients/new", "/clients/{}/rotate", "/settings/signing-secret/rotate"])
def test_a_form_that_is_sent_twice_at_once_is_said_to_be_under_way(
    browser: Browser, account: Party, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(caller_id: Any, key: str) -> None:
        raise KeyInProgress

    monkeypatch.setattr(idempotency, "_take_turns", busy)

    response = browser.post(address.format(account.client.pk), asked(account.administrator), follow=True)

    assert "This is being done at this moment" in text_of(response)
    assert Client.objects.filter(account=account.account).count() == 1


def test_the_first_call_of_a_new_client_is_ready_to_be_made(browser: Browser, account: Party) -> None:
    task = factories.task(handler="account_report")

    response = browser.post("/clients/new", asked(account.administrator))

    page = html.unescape(response.content.decode())
    secret = shown_secret(response)
    assert f"-d client_secret={secret} | sed" in page
    assert f'"TaskID":"{task.pk}"' in page


def test_of_calls_at_once_one_writes_the_use(account: Party) -> None:
    now = timezone.now() + timedelta(minutes=10)
    one, other = Client.objects.get(pk=account.client.pk), Client.objects.get(pk=account.client.pk)

    clients.note_use(one, now=now)
    clients.note_use(other, now=now + timedelta(seconds=1))

    account.client.refresh_from_db()
    assert account.client.last_used_at == now
