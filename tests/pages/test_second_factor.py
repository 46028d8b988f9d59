"""A second factor: set up and removed by its user, and asked for at each sign-in."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients_app import accounts, limits, second_factors
from clients_app.links import RESET
from clients_app.models import SecondFactor, User
from clients_app.models.user import Role
from clients_app.pages import signing_in
from tests import factories
from tests.admin.forms import act
from tests.api.test_authentication import basic
from tests.factories import PASSWORD, TESTS, Party
from tests.pages.browsing import signed_in, text_of

HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture
def ann(account: Party) -> User:
    return account.administrator


@pytest.fixture
def recovery_codes(ann: User) -> list[str]:
    return factories.second_factor(user=ann, now=timezone.now() - 4 * HALF_MINUTE)


def code_now(user: User) -> str:
    return factories.code(user=user, now=timezone.now())


def halfway(user: User, path: str = "/sign-in", target: str = "/tasks") -> Browser:
    """After the right password."""
    browser = Browser()
    form = {"username": user.email, "password": PASSWORD, "next": target}
    response: Any = browser.post(path, form)
    assert (response.status_code, response["Location"]) == (302, "/sign-in/code")
    return browser


def test_it_is_set_up_with_an_app_and_shows_its_recovery_codes_once(ann: User) -> None:
    browser = signed_in(ann)
    assert "Set it up" in text_of(browser.get("/second-factor"))

    page = browser.post("/second-factor/begin", follow=True)
    key = second_factors.key_to_confirm(ann)
    assert key is not None
    assert key in text_of(page).replace(" ", "")
    assert "<svg" in text_of(page)
    assert not re.search(r"style=|<script>|data:image/png", text_of(page).split("<main", 1)[1])
    assert "no-store" in page["Cache-Control"]
    response = browser.post("/second-factor/confirm", {"code": code_now(ann), "password": PASSWORD})

    codes = re.findall(r"\b(?:[a-z2-7]{4}-){3}[a-z2-7]{4}\b", text_of(response))
    assert len(codes) == 10
    assert "no-store" in response["Cache-Control"]
    again = text_of(browser.post("/second-factor/confirm", {"code": code_now(ann), "password": PASSWORD}, follow=True))
    assert "It is on already." in again
    assert codes[0] not in again
    assert key not in again.replace(" ", "")


@pytest.mark.parametrize("code", ["", "000000", "x" * 51, "1\x00"])
def test_a_wrong_code_does_not_switch_it_on(ann: User, code: str) -> None:
    browser = signed_in(ann)
    browser.post("/second-factor/begin")

    response = browser.post("/second-factor/confirm", {"code": code, "password": PASSWORD})

    assert 'class="problem"' in text_of(response)
    assert not second_factors.is_on(ann)


def test_an_open_screen_does_not_lock_its_owner_out(ann: User) -> None:
    browser = signed_in(ann)
    browser.post("/second-factor/begin")

    for form in ({"password": "wrong"}, {}):
        response = browser.post("/second-factor/confirm", {"code": code_now(ann), **form})
        assert 'class="problem"' in text_of(response)

    assert not second_factors.is_on(ann)
    right = browser.post("/second-factor/confirm", {"code": code_now(ann), "password": PASSWORD})
    assert "Your second factor is on" in text_of(right)


def test_a_code_without_a_beginning_says_what_to_do(ann: User) -> None:
    response = signed_in(ann).post("/second-factor/confirm", {"code": "123456", "password": PASSWORD}, follow=True)

    assert "begin anew" in text_of(response)


def test_another_beginning_does_not_replace_what_is_on(ann: User, recovery_codes: list[str]) -> None:
    response = signed_in(ann).post("/second-factor/begin", follow=True)

    assert "remove it first" in text_of(response)
    assert second_factors.is_on(ann)


def test_a_sign_in_takes_a_code(ann: User, recovery_codes: list[str]) -> None:
    browser = halfway(ann)
    before = browser.session.session_key
    assert browser.get("/tasks").status_code == 302
    assert "six digits" in text_of(browser.get("/sign-in/code")).lower()

    response: Any = browser.post("/sign-in/code", {"code": code_now(ann)})

    assert (response.status_code, response["Location"]) == (302, "/tasks")
    assert browser.get("/tasks").status_code == 200
    assert browser.session.session_key != before
    assert signing_in.PENDING not in browser.session


def test_a_recovery_code_is_as_good_once(ann: User, recovery_codes: list[str]) -> None:
    assert halfway(ann).post("/sign-in/code", {"code": recovery_codes[0]}).status_code == 302

    response = halfway(ann).post("/sign-in/code", {"code": recovery_codes[0]})

    assert "was used before" in text_of(response)


def test_the_session_changes_its_key_with_the_password(ann: User, recovery_codes: list[str]) -> None:
    browser = Browser()
    browser.get(RESET.address(ann))
    before = browser.session.session_key

    browser.post("/sign-in", {"username": ann.email, "password": PASSWORD})

    assert browser.session.session_key != before


@pytest.mark.parametrize("code", ["", "000000", "x" * 51, "1\x00"])
def test_a_wrong_code_lets_nobody_in(ann: User, recovery_codes: list[str], code: str) -> None:
    browser = halfway(ann)

    response = browser.post("/sign-in/code", {"code": code})

    assert 'class="problem"' in text_of(response)
    assert browser.get("/tasks").status_code == 302


def test_guessing_codes_has_to_wait(ann: User, recovery_codes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WRONG_CODES_PER_HOUR", 1)
    browser = halfway(ann)
    browser.post("/sign-in/code", {"code": "000000"})

    response = browser.post("/sign-in/code", {"code": code_now(ann)})

    assert "try again in" in text_of(response)


def test_a_code_without_a_password_leads_to_the_sign_in(ann: User, recovery_codes: list[str]) -> None:
    for browser in (Browser(), signed_in(ann)):
        response: Any = browser.post("/sign-in/code", {"code": code_now(ann)})
        assert response["Location"] == "/sign-in"


@pytest.mark.parametrize("meanwhile", ["too late", "another password", "switched off", "removed"])
def test_half_a_sign_in_ends(
    ann: User, recovery_codes: list[str], monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    browser = halfway(ann)
    code = code_now(ann)
    if meanwhile == "too late":
        monkeypatch.setattr(signing_in, "PATIENCE", timedelta(0))
    elif meanwhile == "another password":
        accounts.change_password(ann, "a quite different phrase", by=TESTS)
    elif meanwhile == "switched off":
        User.objects.update(is_active=False)
    else:
        second_factors.remove(ann, by=TESTS)

    response = browser.post("/sign-in/code", {"code": code}, follow=True)

    assert "Sign in once more" in text_of(response)
    assert browser.get("/tasks").status_code == 302


def test_an_operator_does_not_get_into_the_admin_site_without_a_code(db: None) -> None:
    operator = factories.user(account=None)
    factories.second_factor(user=operator, now=timezone.now() - 4 * HALF_MINUTE)
    browser = halfway(operator, "/admin/login/?next=/admin/", "/admin/")
    assert browser.get("/admin/").status_code == 302

    response: Any = browser.post("/sign-in/code", {"code": code_now(operator)})

    assert response["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


def test_an_operator_who_is_in_is_not_asked_again(db: None) -> None:
    response: Any = signed_in(factories.user(account=None)).get("/admin/login/")

    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_the_api_refuses_the_password_of_whoever_has_a_second_factor(
    ann: User, recovery_codes: list[str], account: Party
) -> None:
    right = Browser().get("/api/v2/admin/tasks", headers=basic(ann.email, PASSWORD))
    wrong = Browser().get("/api/v2/admin/tasks", headers=basic(ann.email, "x"))

    assert right.status_code == 401
    assert "second factor" in right.json()["Error"]["ErrorReason"]
    assert "second factor" not in wrong.json()["Error"]["ErrorReason"]
    assert Browser().get("/api/v2/admin/tasks", headers=account.bearer).status_code == 200


def test_a_password_reset_does_not_take_it_away(ann: User, recovery_codes: list[str]) -> None:
    token = RESET.address(ann).rsplit("/", 1)[1]

    accounts.set_password_by_link(RESET, ann.pk, token, PASSWORD, address=None)

    halfway(ann)


def test_it_is_removed_with_the_password_and_a_code(ann: User, recovery_codes: list[str]) -> None:
    browser, code = signed_in(ann), recovery_codes[0]
    assert "Remove your second factor?" in text_of(browser.get("/second-factor/remove"))
    for form in ({"password": "x", "code": code}, {"password": PASSWORD}, {"password": PASSWORD, "code": "123456"}):
        assert 'class="problem"' in text_of(browser.post("/second-factor/remove", form))
        assert second_factors.is_on(ann)

    page = text_of(browser.post("/second-factor/remove", {"password": PASSWORD, "code": code}, follow=True))

    assert "Your second factor is removed" in page
    assert not SecondFactor.objects.exists()


def test_guessing_the_password_there_has_to_wait(ann: User, recovery_codes: list[str], settings: Any) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = 1
    browser = signed_in(ann)
    browser.post("/second-factor/remove", {"password": "x", "code": recovery_codes[0]})

    form = {"password": PASSWORD, "code": recovery_codes[0]}
    assert "try again in" in text_of(browser.post("/second-factor/remove", form))


def test_elsewhere_one_is_signed_out_when_it_comes_and_when_it_goes(ann: User) -> None:
    here, elsewhere = signed_in(ann), signed_in(ann)
    here.post("/second-factor/begin")
    here.post("/second-factor/confirm", {"code": code_now(ann), "password": PASSWORD})
    assert [each.get("/profile").status_code for each in (here, elsewhere)] == [200, 302]

    SecondFactor.objects.update(last_step=0)
    elsewhere = signed_in(ann)
    here.post("/second-factor/remove", {"password": PASSWORD, "code": code_now(ann)})

    assert [each.get("/profile").status_code for each in (here, elsewhere)] == [200, 302]
    assert not second_factors.is_on(ann)


def test_an_operator_removes_it_for_whoever_lost_the_phone(ann: User, recovery_codes: list[str]) -> None:
    browser, phone = signed_in(factories.user(account=None)), signed_in(ann)

    assert "the password alone is enough" in act(browser, User, "remove_second_factor", ann)
    assert second_factors.is_on(ann)
    act(browser, User, "remove_second_factor", ann, is_sure=True)

    assert not second_factors.is_on(ann)
    assert phone.get("/profile").status_code == 302


def test_readers_have_one_of_their_own_and_the_list_shows_who_has(ann: User, recovery_codes: list[str]) -> None:
    reader = factories.user(account=ann.account, role=Role.READER)
    browser = signed_in(reader)

    assert browser.post("/second-factor/begin").status_code == 302

    assert second_factors.key_to_confirm(reader)
    page = text_of(browser.get("/settings/users"))
    assert re.findall(r'data-label="Second factor">(\w+)<', page) == ["yes", "no"]
    assert "takes a code" in text_of(signed_in(ann).get("/profile"))


@pytest.mark.parametrize("path", ["begin", "confirm"])
def test_what_changes_something_takes_a_form(ann: User, path: str) -> None:
    assert signed_in(ann).get(f"/second-factor/{path}").status_code == 405
