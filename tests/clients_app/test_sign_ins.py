"""What the log tells of who signs in, and what it never tells."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from tests import factories
from tests.api.calls import ACCOUNT_TASKS, FORM, Api
from tests.conftest import Logged
from tests.factories import PASSWORD, SECRET, Party

NAME, WRONG = "ann@acme.example", "not-the-password"


def told(logged: Logged) -> list[tuple[str, Any]]:
    """Of our own modules: the event, and whom it is about."""
    events = [event for event in logged() if event["logger"].startswith("clients_app")]
    assert all(event["address"] == "127.0.0.1" for event in events)
    return [(event["event"], event.get("user", event.get("client"))) for event in events]


def test_a_sign_in_and_its_end(account: Party, logged: Logged) -> None:
    browser = Browser()

    browser.post("/sign-in", {"username": NAME, "password": PASSWORD})
    browser.post("/sign-out")

    user = str(account.administrator.pk)
    assert told(logged) == [("signed in", user), ("signed out", user)]


@pytest.mark.parametrize("address", ["/sign-in", "/admin/login/"])
def test_a_wrong_password_tells_whose_it_was_not(account: Party, logged: Logged, address: str) -> None:
    Browser().post(address, {"username": NAME.upper(), "password": WRONG})

    assert told(logged) == [("wrong password, or locked out", str(account.administrator.pk))]
    assert WRONG not in str(logged())


def test_of_a_name_that_nobody_has_nothing_is_kept(account: Party, logged: Logged) -> None:
    Browser().post("/sign-in", {"username": PASSWORD, "password": WRONG})

    assert told(logged) == [("wrong password, or locked out", None)]
    assert PASSWORD not in str(logged())


def test_guesses_that_have_to_wait(account: Party, logged: Logged, settings: Any) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = 1
    for _ in range(2):
        Browser().post("/sign-in", {"username": NAME, "password": WRONG})

    assert told(logged)[-1][0] == "a password is not even looked at: too many wrong ones"


def test_both_steps_with_a_second_factor(account: Party, logged: Logged) -> None:
    user = account.administrator
    factories.second_factor(user=user, now=timezone.now() - timedelta(minutes=5))
    browser = Browser()

    browser.post("/sign-in", {"username": NAME, "password": PASSWORD})
    browser.post("/sign-in/code", {"code": "000000"})
    browser.post("/sign-in/code", {"code": factories.code(user=user, now=timezone.now())})

    events = [event for event, _ in told(logged)]
    assert events == ["right password, the code has to follow", "wrong code of the second factor", "signed in"]


def test_a_password_at_the_api(account: Party, logged: Logged) -> None:
    for password in (PASSWORD, WRONG):
        Api().call("GET", ACCOUNT_TASKS, Authorization=basic(NAME, password))

    user = str(account.administrator.pk)
    assert told(logged) == [("signed in for one call", user), ("wrong password, or locked out", user)]


def test_tokens_that_are_given_and_refused(account: Party, logged: Logged) -> None:
    key = str(account.client.pk)
    for secret in (SECRET, WRONG):
        form = f"grant_type=client_credentials&client_id={key}&client_secret={secret.replace(' ', '+')}"
        Api().call("POST", "/Token", form, content_type=FORM)

    assert told(logged) == [("token given", key), ("wrong client ID or secret", key)]
    assert WRONG not in str(logged())
    assert SECRET not in str(logged())


@pytest.mark.parametrize(("path", "status"), [("/api/v2/admin/clients", 401), ("/nothing", 404), ("/sign-out", 405)])
def test_what_is_refused_is_told_with_its_path(account: Party, logged: Logged, path: str, status: int) -> None:
    response = Browser().get(path)

    assert response.status_code == status
    assert any(event["level"] == "warning" and path in event["event"] for event in logged())


def test_what_a_reader_may_not_do_is_told(account: Party, logged: Logged) -> None:
    account.administrator.role = "READER"
    account.administrator.save()

    answer = Api().of(account).post("/api/v2/admin/clients", {"Name": "x"})

    [event] = [event for event in logged() if event["level"] == "warning"]
    assert answer.status == 403
    assert (event["client"], event["event"]) == (str(account.client.pk), "Forbidden: /api/v2/admin/clients")


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()
