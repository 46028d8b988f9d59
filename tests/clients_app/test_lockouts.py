"""Who goes on guessing passwords is locked out: one name at one address, for a while."""

import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import timezone

from clients_app import accounts, lockouts, second_factors
from clients_app.links import RESET
from clients_app.models import AuditEntry, SecondFactor
from tests import factories
from tests.admin.forms import act
from tests.api.test_authentication import basic
from tests.factories import NOW, PASSWORD, Party
from tests.pages.browsing import signed_in, text_of

pytestmark = pytest.mark.django_db

ANN = "ann@acme.example"
DOORS = ["/sign-in", "/admin/login/"]
API = "/api/v2/admin/tasks"


@pytest.fixture(autouse=True)
def three_wrong_ones(settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    settings.WRONG_CREDENTIALS_PER_MINUTE = 1000


def sign_in(
    password: str, *, name: str = "ann@acme.example", door: str = "/sign-in", address: str = "127.0.0.1"
) -> Any:
    return Browser(REMOTE_ADDR=address).post(door, {"username": name, "password": password})


def guess(times: int = 3, **other: Any) -> None:
    for number in range(times):
        assert ("locked out" in text_of(sign_in("wrong", **other))) == (number >= 3)


@pytest.mark.parametrize("door", DOORS)
def test_after_many_wrong_passwords_the_right_one_has_to_wait_too(account: Party, settings: Any, door: str) -> None:
    guess(door=door)

    response = sign_in(PASSWORD, door=door, name="ANN@acme.example")

    assert response.status_code == 200
    assert re.search(r"locked out there for \d+ minutes", text_of(response))
    assert 'value="ANN@acme.example"' in text_of(response)
    assert settings.SESSION_COOKIE_NAME not in response.cookies


def test_the_api_answers_in_its_envelope(account: Party) -> None:
    for _ in range(3):
        assert Browser().get(API, headers=basic("ann@acme.example", "wrong")).status_code == 401

    response = Browser().get(API, headers=basic("Ann@acme.example"))

    assert response.status_code == 429
    assert response.json()["Error"]["ErrorCode"] == "RATE_LIMITED"
    assert 1700 < int(response["Retry-After"]) <= 1800
    assert Browser().get(API, headers=account.bearer).status_code == 200


def test_nobody_locks_out_somebody_else(account: Party, neighbour: Party) -> None:
    guess(address="192.0.2.1")

    assert sign_in(PASSWORD).status_code == 302
    assert sign_in(PASSWORD, name="ann@neighbour.example", address="192.0.2.1").status_code == 302
    assert sign_in(PASSWORD, address="192.0.2.1").status_code == 200


def test_a_lock_out_ends_after_a_while_however_often_it_is_tried(account: Party) -> None:
    guess()
    locked_at = AccessAttempt.objects.get().attempt_time
    sign_in("wrong")
    assert AccessAttempt.objects.get().attempt_time == locked_at

    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))

    assert sign_in(PASSWORD).status_code == 302


def test_a_right_password_starts_at_nothing_again(account: Party) -> None:
    guess(2)
    assert sign_in(PASSWORD).status_code == 302
    guess(2)
    assert Browser().get(API, headers=basic("ann@acme.example")).status_code == 200

    guess(2)

    assert sign_in(PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_a_right_password_counts_also_before_the_code_of_the_second_factor(account: Party) -> None:
    factories.second_factor(user=account.administrator, now=timezone.now())
    guess(2)

    assert sign_in(PASSWORD).status_code == 302

    assert second_factors.is_on(account.administrator)
    assert not AccessAttempt.objects.exists()


def test_a_new_password_by_a_letter_ends_the_lock_out_there(account: Party) -> None:
    guess()
    token = RESET.address(account.administrator).rsplit("/", 1)[1]

    accounts.set_password_by_link(RESET, account.administrator.pk, token, "another phrase", address="127.0.0.1")

    assert sign_in("another phrase").status_code == 302


@pytest.mark.parametrize(
    ("page", "field"), [("/password", "old_password"), ("/second-factor/remove", "password")], ids=["change", "remove"]
)
def test_a_stranger_at_an_open_screen_guesses_no_more_than_elsewhere(account: Party, page: str, field: str) -> None:
    user, new = (
        account.administrator,
        {"new_password1": "quite another phrase", "new_password2": "quite another phrase"},
    )
    SecondFactor.objects.create(user=user, secret="x", confirmed_at=NOW)
    browser = signed_in(user)

    wrong = [text_of(browser.post(page, {field: "wrong", **new})) for _ in range(3)]
    right = text_of(browser.post(page, {field: PASSWORD, **new}))

    assert all("The password is wrong." in said for said in wrong)
    assert "this name is locked out there for 30 minutes" in right
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert SecondFactor.objects.exists()
    assert "locked out" in text_of(sign_in(PASSWORD))


def test_even_without_the_doors_own_check_nobody_gets_through(account: Party) -> None:
    guess()
    request = RequestFactory().post("/")

    assert authenticate(request, username="ann@acme.example", password=PASSWORD) is None


def test_a_lock_out_between_two_checks_keeps_the_answer_of_the_page(
    account: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    guess()
    monkeypatch.setattr(lockouts, "_failures", lambda name, address: AccessAttempt.objects.none())

    response = sign_in(PASSWORD)

    assert response.status_code == 200
    assert "The e-mail address or the password is wrong." in text_of(response)


def test_nothing_that_was_sent_is_kept_but_the_name(account: Party) -> None:
    form = {"username": "ann@acme.example", "password": "hunter2-password", "Secret": "hunter2-secret"}
    Browser().post("/sign-in?a=hunter2-query", form, headers={"User-Agent": "hunter2-agent"})
    path = "/api/v2/admin/clients?a=hunter2-query"
    for body in ({"Name": "n", "Secret": "hunter2-secret"}, {"Name": "x" * 2**21}):
        answer = Browser().post(path, body, headers=basic("ann@acme.example", "hunter2-basic"))
        assert answer.status_code == 401

    (row,) = AccessAttempt.objects.all()
    assert "hunter2" not in repr(list(AccessAttempt.objects.values()))
    assert (row.username, row.ip_address, row.failures_since_start) == ("ann@acme.example", "127.0.0.1", 3)


@pytest.mark.parametrize("name", ["x" * 300 + "@acme.example", "a\x00b", "", "\N{SNOWMAN}@acme", "a\nb", "'; --"])
def test_any_name_can_be_wrong(name: str) -> None:
    for _ in range(4):
        assert sign_in("wrong", name=name).status_code == 200
        assert Browser().get(API, headers=basic(name, "wrong")).status_code in (401, 429)


def test_without_an_address_names_are_locked_out_all_the_same(account: Party) -> None:
    guess(address="")

    assert sign_in(PASSWORD, address="").status_code == 200
    assert sign_in(PASSWORD).status_code == 302


def test_an_operator_undoes_a_lock_out(account: Party) -> None:
    guess()
    guess(name="nobody@acme.example")
    browser = signed_in(factories.user(account=None, email="operator@example.org"))

    act(browser, AccessAttempt, "undo", *AccessAttempt.objects.all())

    assert sign_in(PASSWORD).status_code == 302
    entry = AuditEntry.objects.get(action="lock-out undone")
    assert (entry.row_id, entry.by) == (account.administrator.pk, "operator@example.org")


def test_the_trail_of_the_account_tells_once_that_somebody_was_locked_out(account: Party) -> None:
    guess(5, address="192.0.2.7")
    guess(5, name="nobody@acme.example")

    entry = AuditEntry.objects.get(action="locked out")
    assert (entry.account, entry.row_id, entry.by) == (account.account, account.administrator.pk, "sign-in")
    assert (entry.address, entry.after) == ("192.0.2.7", {"locked out at": "192.0.2.7", "lock-out": "begun"})
