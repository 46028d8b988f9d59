"""POST /Token: client ID and secret for an access token, in the words of RFC 6749."""

import base64
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.contrib.auth.hashers import check_password
from django.utils import timezone
from pytest_django import Settings

from clients_app import clients, recent_secrets, secrets
from clients_app.models import AccessToken, Client
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, FORM, Answer, Api, asked
from tests.factories import SECRET, Party


def ask(api: Api, path: str = "/Token", *, authorization: str = "", **members: Any) -> Answer:
    headers: dict[str, str] = {"Authorization": authorization} if authorization else {}
    return api.post(path, urlencode(members), content_type=FORM, **headers)


def ask_for(api: Api, client: Client, secret: str = SECRET, path: str = "/Token", **members: Any) -> Answer:
    credentials: dict[str, Any] = {"grant_type": "client_credentials", "client_id": client.pk, "client_secret": secret}
    return ask(api, path, **credentials | members)


@pytest.mark.parametrize("path", ["/Token", "/token", "/TOKEN/", "/oauth/token", "/OAuth/Token/"])
def test_a_client_gets_a_token_that_works(api: Api, account: Party, path: str) -> None:
    task = factories.task()

    answer = ask_for(api, account.client, path=path)

    assert answer.status == 200
    assert answer.response["Content-Type"] == "application/json"
    assert answer.response["Cache-Control"] == "no-store"
    body = answer.body
    token = body.pop("access_token")
    assert body == {"token_type": "Bearer", "expires_in": 28800}
    assert Api({"Authorization": f"Bearer {token}"}).post(ACCOUNT_TASKS, asked(task.pk)).status == 201


def test_only_the_digest_of_the_token_is_stored(api: Api, account: Party) -> None:
    token = ask_for(api, account.client).body["access_token"]

    stored = AccessToken.objects.latest("id")
    assert stored.digest == secrets.digest(token)
    assert token not in repr(AccessToken.objects.values())


@pytest.mark.parametrize(
    "secret", ["a secret+of%41", "pl+ain and long", "%zz%zz%zz", "\u00e9t\u00e9 \u20ac \U0001f600!"]
)
@pytest.mark.parametrize("is_encoded", [False, True])
def test_basic_takes_the_secret_percent_encoded_or_not(api: Api, account: Party, secret: str, is_encoded: bool) -> None:
    client = factories.client(user=account.administrator, secret=secret)
    pair = f"{client.pk}:{quote(secret, safe='') if is_encoded else secret}"

    answer = ask(
        api, authorization=f"Basic {base64.b64encode(pair.encode()).decode()}", grant_type="client_credentials"
    )

    assert answer.status == 200


def test_the_client_id_is_a_guid_in_any_case(api: Api, account: Party) -> None:
    assert ask_for(api, account.client, client_id=str(account.client.pk).upper()).status == 200


WRONG: list[dict[str, Any]] = [
    {"client_secret": "wrong"},
    {"client_secret": ""},
    {"client_secret": SECRET.upper()},
    {"client_id": "7c0e2f64-93d1-4b58-a6f2-1d85c3b9e047"},
    {"client_id": "no GUID"},
    {"client_id": "\x00"},
    {"client_secret": "\x00"},
    {"client_id": ""},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_credentials_are_an_invalid_client(api: Api, account: Party, wrong: dict[str, Any]) -> None:
    answer = ask_for(api, account.client, **wrong)

    assert (answer.status, answer.body["error"]) == (401, "invalid_client")
    assert AccessToken.objects.count() == 1


def test_the_stored_hash_is_no_secret(api: Api, account: Party) -> None:
    assert ask_for(api, account.client, secret=account.client.secret_hash).status == 401


def test_a_revoked_client_gets_no_token(api: Api, account: Party) -> None:
    clients.revoke(account.client, by=account.caller, now=timezone.now())

    assert ask_for(api, account.client).body["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
    ],
)
def test_other_grants_are_refused(api: Api, account: Party, members: dict[str, str], error: str) -> None:
    answer = ask_for(api, account.client, **members)

    assert (answer.status, answer.body["error"]) == (400, error)


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", b"{}", b"\xff=\xfe", b"grant_type=client_credentials", b"%", b"=", b"a&b"])
def test_bodies_that_make_no_sense_are_refused(api: Api, body: bytes) -> None:
    answer = api.call("POST", "/Token", body, content_type=FORM)

    assert answer.status in (400, 401)
    assert answer.body["error"] in ("invalid_request", "invalid_client")


def test_a_body_over_the_limit_is_refused(api: Api, db: None) -> None:
    answer = api.call("POST", "/Token", b"x" * (2**20 + 1), content_type=FORM)

    assert (answer.status, answer.body["error"]) == (413, "invalid_request")


def test_only_post_is_taken(api: Api, db: None) -> None:
    answer = api.get("/Token")

    assert (answer.status, answer.response["Allow"], answer.body["error"]) == (405, "POST", "invalid_request")


def test_guessing_is_slowed_down_and_the_right_secret_works_elsewhere(
    api: Api, account: Party, settings: Settings
) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = 2
    other = factories.client(user=account.administrator, name="other")

    statuses = [ask_for(api, account.client, secret="wrong").status for _ in range(4)]
    answer = ask_for(api, account.client)

    assert statuses == [401, 401, 429, 429]
    assert (answer.status, answer.body["error"]) == (429, "temporarily_unavailable")
    assert 0 < int(answer.response["Retry-After"]) <= 60
    assert ask_for(api, other).status == 200


def test_another_spelling_of_the_client_id_is_no_other_client(api: Api, account: Party, settings: Settings) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = 2
    key = account.client.pk

    spellings = (str(key), key.hex, f"{{{key}}}", key.urn, str(key).upper())
    statuses = [ask_for(api, account.client, secret="wrong", client_id=spelling).status for spelling in spellings]

    assert statuses == [401, 401, 429, 429, 429]


def test_a_challenge_names_the_scheme_that_was_used(api: Api, account: Party) -> None:
    authorization = f"Basic {base64.b64encode(f'{account.client.pk}:wrong'.encode()).decode()}"

    by_header = ask(api, authorization=authorization, grant_type="client_credentials")
    by_body = ask_for(api, account.client, secret="wrong")

    assert by_header.response["WWW-Authenticate"].startswith("Basic ")
    assert by_body.response["WWW-Authenticate"].startswith("Bearer ")


def test_credentials_come_once_and_in_one_way(api: Api, account: Party) -> None:
    authorization = f"Basic {base64.b64encode(f'{account.client.pk}:{SECRET}'.encode()).decode()}"
    form: dict[str, Any] = {
        "grant_type": "client_credentials",
        "client_id": account.client.pk,
        "client_secret": SECRET,
    }

    both = ask(api, authorization=authorization, **form)
    twice = api.post("/Token", f"{urlencode(form)}&client_id={account.client.pk}", content_type=FORM)

    assert [(answer.status, answer.body["error"]) for answer in (both, twice)] == [(400, "invalid_request")] * 2


def test_expired_tokens_are_cleared_away_when_a_new_one_is_given(api: Api, account: Party) -> None:
    AccessToken.objects.update(expires_at=factories.NOW)

    ask_for(api, account.client)

    assert AccessToken.objects.count() == 1


@pytest.mark.real_hasher
def test_an_unknown_client_costs_as_much_work_as_a_wrong_secret(
    api: Api, account: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients._nobodys_hash.cache_clear()
    checked: list[str] = []

    def check(secret: str, stored: str) -> bool:
        checked.append(stored)
        return check_password(secret, stored)

    monkeypatch.setattr(recent_secrets, "check_password", check)

    ask_for(api, account.client, secret="wrong")
    ask_for(api, account.client, client_id="7c0e2f64-93d1-4b58-a6f2-1d85c3b9e047")

    parameters = [stored.split("$")[:4] for stored in checked]
    assert len(parameters) == 2
    assert parameters[0] == parameters[1]
    assert parameters[0][0] == "argon2"
