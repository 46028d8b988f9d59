"""Who calls: bearer tokens, a user's e-mail and password, and what each of them may do."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from clients_app import clients
from clients_app.models import AccessToken, Account, Client, User
from clients_app.models.user import Role
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, Answer, Api, asked
from tests.factories import Party


def basic(email: str, password: str = factories.PASSWORD) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{email}:{password}'.encode()).decode()}"}


def assert_unauthenticated(api: Api, headers: dict[str, str]) -> None:
    answer = Api(headers).post(ACCOUNT_TASKS, b"{", content_type="text/plain")
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert answer.response["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer x", "Bearer x y", "Token x", "Basic", "Basic !", "Basic eA==", "Basic /w==", "Bearer \xff"],
)
def test_bad_credentials_are_refused_before_the_body_is_read(api: Api, authorization: str) -> None:
    assert_unauthenticated(api, {"Authorization": authorization} if authorization else {})


def test_an_expired_token_is_refused(api: Api, account: Party) -> None:
    old = factories.token(client=account.client, now=timezone.now() - timedelta(hours=8))

    assert_unauthenticated(api, {"Authorization": f"Bearer {old}"})


def test_a_token_lives_for_eight_hours(api: Api, account: Party, task: Task) -> None:
    almost = factories.token(client=account.client, now=timezone.now() - timedelta(hours=8) + timedelta(minutes=1))

    answer = Api({"Authorization": f"Bearer {almost}"}).post(ACCOUNT_TASKS, asked(task.pk))

    assert answer.status == 201


def test_the_tokens_of_a_revoked_client_are_refused(api: Api, account: Party) -> None:
    clients.revoke(account.client, by=account.caller, now=timezone.now())

    assert_unauthenticated(api, account.bearer)
    assert not AccessToken.objects.filter(client=account.client).exists()


def test_a_token_that_outlived_its_clients_revocation_is_refused_too(api: Api, account: Party) -> None:
    Client.objects.update(revoked_at=timezone.now())

    assert_unauthenticated(api, account.bearer)


def test_the_stored_digest_is_no_token(api: Api, account: Party) -> None:
    assert_unauthenticated(api, {"Authorization": f"Bearer {AccessToken.objects.get().digest}"})


def test_the_scheme_is_in_any_case(api: Api, account: Party, task: Task) -> None:
    answer = Api({"Authorization": f"bEARER  {account.token} "}).post(ACCOUNT_TASKS, asked(task.pk))

    assert answer.status == 201


def test_a_user_calls_through_the_oldest_enabled_client_of_their_own(api: Api, account: Party, task: Task) -> None:
    bob = factories.user(account=account.account, email="bob@acme.example")
    revoked, own, _ = (factories.client(user=bob, name=name) for name in ("revoked", "own", "later"))
    clients.revoke(revoked, by=account.caller, now=timezone.now())

    answer = Api(basic("BOB@acme.example")).post(ACCOUNT_TASKS, asked(task.pk))

    assert answer.status == 201
    assert answer.detail["ClientID"] == str(own.pk)
    assert answer.body["ResponseData"]["Identification"]["UserId"] == str(bob.pk)
    assert answer.detail["LastModifiedBy"] == "bob@acme.example"


def test_a_user_without_a_client_calls_through_the_oldest_of_the_account(api: Api, account: Party, task: Task) -> None:
    factories.user(account=account.account, email="bob@acme.example")

    answer = Api(basic("bob@acme.example")).post(ACCOUNT_TASKS, asked(task.pk))

    assert answer.detail["ClientID"] == str(account.client.pk)


def test_an_older_client_of_another_account_is_never_used(api: Api, neighbour: Party, task: Task) -> None:
    later = factories.party(name="Later")
    factories.user(account=later.account, email="bob@later.example")

    answer = Api(basic("bob@later.example")).post(ACCOUNT_TASKS, asked(task.pk))

    assert answer.detail["ClientID"] == str(later.client.pk)


def test_without_an_enabled_client_nothing_can_be_registered(api: Api, account: Party, task: Task) -> None:
    clients.revoke(account.client, by=account.caller, now=timezone.now())

    answer = Api(basic("ann@acme.example")).post(ACCOUNT_TASKS, asked(task.pk))

    assert (answer.status, answer.code) == (409, "CLIENT_REQUIRED")
    assert not AccountTask.objects.exists()


def test_wrong_input_is_said_before_a_missing_client(api: Api, account: Party, task: Task) -> None:
    clients.revoke(account.client, by=account.caller, now=timezone.now())

    answer = Api(basic("ann@acme.example")).post(ACCOUNT_TASKS, asked(task.pk, Frequency="X"))

    assert answer.code == "INVALID_REQUEST"


@pytest.mark.parametrize("password", ["wrong", "", "\x00", factories.PASSWORD.upper()])
def test_a_wrong_password_is_refused(api: Api, account: Party, password: str) -> None:
    assert_unauthenticated(api, basic("ann@acme.example", password))


def test_an_inactive_user_is_refused(api: Api, account: Party) -> None:
    User.objects.update(is_active=False)

    assert_unauthenticated(api, basic("ann@acme.example"))


def test_basic_can_be_switched_off(api: Api, account: Party, settings: Settings) -> None:
    settings.BASIC_AUTHENTICATION = False

    assert_unauthenticated(api, basic("ann@acme.example"))


def test_guessing_passwords_is_slowed_down_for_the_guesser_alone(
    api: Api, account: Party, task: Task, settings: Settings
) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = 3
    guesser, owner = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}

    guesses = [post_from(guesser, basic("ann@acme.example", f"guess {n}"), task) for n in range(5)]
    right_from_there = post_from(guesser, basic("ann@acme.example"), task)
    right_from_elsewhere = post_from(owner, basic("ann@acme.example"), task)

    assert [answer.status for answer in guesses] == [401, 401, 401, 429, 429]
    assert (right_from_there.status, right_from_there.code) == (429, "RATE_LIMITED")
    assert 0 < int(right_from_there.response["Retry-After"]) <= 60
    assert right_from_elsewhere.status == 201


def post_from(environ: dict[str, str], headers: dict[str, str], task: Task) -> Answer:
    response: Any = Browser(REMOTE_ADDR=environ["REMOTE_ADDR"]).generic(
        "POST", ACCOUNT_TASKS, json.dumps(asked(task.pk)), content_type="application/json", headers=headers
    )
    return Answer(response)


def test_another_spelling_of_the_address_is_no_other_user(account: Party, task: Task, settings: Settings) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = 2
    spellings = ("ann@acme.example", "Ann@acme.example", " ann@acme.example", "ann@acme.example ")

    statuses = [Api(basic(email, "wrong")).post(ACCOUNT_TASKS, asked(task.pk)).status for email in spellings]

    assert statuses == [401, 401, 429, 429]


def test_right_passwords_are_not_counted(api: Api, account: Party, task: Task, settings: Settings) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = 1

    answers = [Api(basic("ann@acme.example")).post(ACCOUNT_TASKS, asked(task.pk)) for _ in range(4)]

    assert {answer.status for answer in answers} == {201}


def test_a_reader_sees_and_changes_nothing(api: Api, account: Party, task: Task) -> None:
    registered = factories.account_task(client=account.client, task=task)
    factories.user(account=account.account, email="rob@acme.example", role=Role.READER)
    rob = Api(basic("rob@acme.example"))

    seen = rob.get(f"{ACCOUNT_TASKS}/{registered.pk}")
    refused = [
        rob.post(ACCOUNT_TASKS, asked(task.pk)),
        rob.put(f"{ACCOUNT_TASKS}/{registered.pk}", asked(task.pk)),
        rob.post("/api/v2/admin/clients", {}),
    ]

    assert seen.status == 200
    assert [(answer.status, answer.code) for answer in refused] == [(403, "FORBIDDEN")] * 3


def test_a_client_of_a_reader_changes_nothing_either(api: Api, account: Party, task: Task) -> None:
    User.objects.update(role=Role.READER)

    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk))

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


def test_the_calls_of_a_switched_off_account_are_forbidden(api: Api, account: Party, task: Task) -> None:
    Account.objects.update(is_enabled=False)

    answers = [
        api.of(account).post(ACCOUNT_TASKS, b"{"),
        Api(basic("ann@acme.example")).get(f"{ACCOUNT_TASKS}/{task.pk}"),
    ]

    assert [(answer.status, answer.code) for answer in answers] == [(403, "FORBIDDEN")] * 2


def test_the_client_of_a_switched_off_user_is_forbidden(api: Api, account: Party) -> None:
    User.objects.update(is_active=False)

    answer = api.of(account).post(ACCOUNT_TASKS, b"{")

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


def test_an_operator_has_no_account_to_act_on(api: Api, db: None) -> None:
    factories.user(account=None, email="operator@example.org")

    answer = Api(basic("operator@example.org")).post(ACCOUNT_TASKS, b"{")

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


def test_the_session_of_a_browser_is_not_accepted(account: Party, task: Task) -> None:
    browser = Browser()
    browser.force_login(account.administrator)

    response = browser.post(ACCOUNT_TASKS, asked(task.pk), content_type="application/json")

    assert response.status_code == 401
