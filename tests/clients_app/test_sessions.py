"""A session ends: with time, with the sign-out, with another password, and with the user."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients_app import accounts, sessions
from clients_app.callers import Caller
from clients_app.models import Session, User
from clients_app.sessions import SessionStore
from tests import factories
from tests.factories import PASSWORD, Party
from tests.proof import figures

pytestmark = pytest.mark.django_db

PAGE = {"/tasks": "ann@acme.example", "/admin/": "olga@service.example"}


class Clock:
    def __init__(self) -> None:
        self.at = timezone.now()

    def now(self) -> Any:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Of the limits of sessions, which stands still."""
    clock = Clock()
    monkeypatch.setattr(sessions, "timezone", clock)
    return clock


@pytest.fixture(autouse=True)
def people(account: Party) -> None:
    factories.user(account=None, email="olga@service.example")


def come(email: str = "ann@acme.example") -> Browser:
    browser = Browser()
    door = "/sign-in" if email.startswith("ann") else "/admin/login/"
    assert browser.post(door, {"username": email, "password": PASSWORD}).status_code == 302
    return browser


def is_in(browser: Browser, page: str = "/tasks", **headers: str) -> bool:
    return browser.get(page, headers=headers).status_code == 200


def tell(what: str, *, is_alive: bool) -> None:
    figures.tell("T16", what, found="lives" if is_alive else "ended", wanted="ended", met=not is_alive)


@pytest.mark.parametrize("page", PAGE)
def test_a_session_that_nobody_uses_ends(clock: Clock, page: str) -> None:
    browser = come(PAGE[page])
    assert is_in(browser, page)

    clock.at += timedelta(hours=7, minutes=59)
    assert is_in(browser, page)
    clock.at += timedelta(hours=8, minutes=1)

    assert not is_in(browser, page)
    assert not Session.objects.exists()


@pytest.mark.parametrize("page", PAGE)
def test_however_much_it_is_used_a_session_ends_after_a_week(clock: Clock, page: str) -> None:
    browser = come(PAGE[page])
    for _ in range(24):
        assert is_in(browser, page)
        clock.at += timedelta(hours=7)
    assert is_in(browser, page)

    clock.at += timedelta(minutes=1)

    assert not is_in(browser, page)


def test_a_page_that_updates_itself_keeps_no_session_alive(clock: Clock) -> None:
    browser = come()
    assert is_in(browser)
    for _ in range(9):
        clock.at += timedelta(minutes=53)
        assert is_in(browser, **{"HX-Request": "true"})

    clock.at += timedelta(minutes=53)

    assert not is_in(browser)


def test_what_is_used_all_the_time_is_written_down_now_and_then(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = come()
    assert is_in(browser)
    kept = Session.objects.get().session_data

    clock.at += timedelta(minutes=5)
    assert is_in(browser)
    assert Session.objects.get().session_data == kept
    clock.at += timedelta(minutes=1)
    assert is_in(browser)

    assert Session.objects.get().session_data != kept


@pytest.mark.parametrize("email", PAGE.values())
def test_signing_in_takes_a_new_session(email: str, settings: Any) -> None:
    victim = Browser()
    session = victim.session
    session["planted"] = "by an attacker who knows its key"
    session.save()
    planted = str(session.session_key)
    victim.cookies[settings.SESSION_COOKIE_NAME] = planted

    victim.post("/sign-in" if email.startswith("ann") else "/admin/login/", {"username": email, "password": PASSWORD})

    is_alive = victim.session.session_key == planted or SessionStore().exists(planted)
    tell(f"the session before the sign-in of {email}", is_alive=is_alive)
    assert victim.session.session_key != planted
    assert Session.objects.count() == 1
    assert not SessionStore().exists(planted)


def test_what_is_stored_of_a_session_is_no_session(settings: Any) -> None:
    browser, thief = come(), Browser()
    [stored] = Session.objects.all()

    thief.cookies[settings.SESSION_COOKIE_NAME] = stored.session_key

    assert stored.session_key != browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert (is_in(browser), is_in(thief)) == (True, False)


@pytest.mark.parametrize(("page", "door"), [("/tasks", "/sign-out"), ("/admin/", "/admin/logout/")])
def test_a_session_that_was_signed_out_is_good_for_nothing(page: str, door: str, settings: Any) -> None:
    browser = come(PAGE[page])
    stolen = Browser()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert is_in(stolen, page)

    browser.post(door)

    is_alive = is_in(stolen, page)
    tell(f"a session after {door}", is_alive=is_alive)
    assert not is_alive


def test_another_password_ends_the_sessions_elsewhere() -> None:
    here, elsewhere = come(), come()
    new = {"old_password": PASSWORD, "new_password1": "quite another phrase", "new_password2": "quite another phrase"}

    assert here.post("/password", new).status_code == 302

    is_alive = is_in(elsewhere)
    tell("a session elsewhere after a change of the password", is_alive=is_alive)
    assert (is_in(here), is_alive) == (True, False)


def test_a_user_who_is_switched_off_is_out_at_once(account: Party) -> None:
    second = factories.user(account=account.account, email="bob@acme.example")
    browser = come()

    accounts.set_active(account.administrator, False, by=Caller(user=second))

    is_alive = is_in(browser)
    tell("a session of a user who was switched off", is_alive=is_alive)
    assert not is_alive
    accounts.set_active(User.objects.get(email="ann@acme.example"), True, by=Caller(user=second))
