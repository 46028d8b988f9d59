"""Who guesses from many addresses guesses no more than from a few, and keeps nobody out where they are known."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients_app import accounts, limits
from clients_app.limits import HOUR, KNOWN_FOR, LimitReached
from clients_app.links import RESET
from clients_app.models import User
from tests.api.calls import FORM
from tests.api.test_authentication import basic
from tests.factories import NOW, PASSWORD, SECRET, Party
from tests.pages.browsing import text_of

pytestmark = pytest.mark.django_db

HOME = "198.51.100.7"
ABROAD = "203.0.113.9"
DAY = timedelta(days=1)


def check(address: str, *, right: bool, name: str = "ann", now: Any = NOW) -> bool:
    """Whether it came to a check of the secret."""
    try:
        with limits.wrong_credentials(name, address=address, now=now):
            if not right:
                raise PermissionError
    except LimitReached:
        return False
    except PermissionError:
        pass
    return True


def guess(addresses: int, times: int = 1, **other: Any) -> int:
    """How many of the guesses, each so many times from so many addresses, were checked."""
    return sum(check(f"192.0.2.{number}", right=False, **other) for _ in range(times) for number in range(addresses))


def test_all_addresses_that_are_new_share_what_a_name_has() -> None:
    assert guess(200) == 100
    assert not check(ABROAD, right=True)
    assert guess(200, name="bob") == 100
    assert check(ABROAD, right=True, now=NOW + HOUR)


def test_one_address_uses_up_no_more_than_its_part(settings: Any) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = 1000

    assert guess(1, times=200) == 25

    assert check(ABROAD, right=True)
    assert guess(4, times=50) == 75


def test_where_a_name_was_right_before_it_stays_welcome() -> None:
    assert check(HOME, right=True)
    assert guess(200) == 100

    assert check(HOME, right=False, now=NOW + timedelta(seconds=1))
    assert check(HOME, right=True)


@pytest.mark.parametrize(("later", "is_known"), [(KNOWN_FOR - DAY, True), (KNOWN_FOR + DAY, False)])
def test_an_address_is_known_for_a_month(later: timedelta, is_known: bool) -> None:
    assert check(HOME, right=True)
    guess(200, now=NOW + later)

    assert check(HOME, right=True, now=NOW + later) == is_known


def test_the_part_of_others_is_not_used_up_by_the_right_secret() -> None:
    assert all(check(f"198.51.100.{number}", right=True) for number in range(200))

    assert guess(200) == 100


@pytest.fixture
def few(settings: Any) -> None:
    settings.WRONG_CREDENTIALS_AT_NEW_ADDRESSES_PER_HOUR = 4


def sign_in(address: str, password: str = PASSWORD) -> Any:
    return Browser(REMOTE_ADDR=address).post("/sign-in", {"username": "ann@acme.example", "password": password})


@pytest.mark.usefixtures("few")
def test_people_are_told_to_wait_and_a_letter_helps(account: Party) -> None:
    assert sign_in(HOME).status_code == 302
    for number in range(6):
        sign_in(f"192.0.2.{number}", "wrong")

    said = text_of(sign_in(ABROAD))
    assert sign_in(HOME).status_code == 302
    assert "or set a new password by a letter" in said
    token = RESET.address(User.objects.get()).rsplit("/", 1)[1]
    accounts.set_password_by_link(RESET, account.administrator.pk, token, "quite another phrase", address=ABROAD)

    assert sign_in(ABROAD, "quite another phrase").status_code == 302


@pytest.mark.usefixtures("few")
def test_the_letter_is_named_to_the_last_second_of_the_hour(account: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EPOCH", timezone.now() + timedelta(seconds=30))
    for number in range(4):
        sign_in(f"192.0.2.{number}", "wrong")

    assert "in 1 minute, or set a new password by a letter" in text_of(sign_in(ABROAD))


@pytest.mark.usefixtures("few")
def test_the_doors_of_the_api_answer_429(account: Party) -> None:
    def token(address: str, secret: str) -> Any:
        form = {"grant_type": "client_credentials", "client_id": str(account.client.pk), "client_secret": secret}
        return Browser(REMOTE_ADDR=address).post("/Token", urlencode(form), content_type=FORM)

    def call(address: str, password: str) -> Any:
        return Browser(REMOTE_ADDR=address).get("/api/v2/admin/tasks", headers=basic("ann@acme.example", password))

    for door, secret in ((token, SECRET), (call, PASSWORD)):
        assert door(HOME, secret).status_code == 200
        assert [door(f"192.0.2.{number}", "wrong").status_code for number in range(6)] == [401] * 4 + [429] * 2
        answer = door(ABROAD, secret)
        assert (answer.status_code, 0 < int(answer["Retry-After"]) <= 3600) == (429, True)
        assert door(HOME, secret).status_code == 200


def test_a_name_that_nobody_has_is_counted_alike() -> None:
    now = timezone.now()

    assert guess(200, name="nobody@acme.example", now=now) == 100
