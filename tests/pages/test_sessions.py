"""One's own sessions: seen, and ended; and those of others, for an administrator and for operators."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients_app import accounts
from clients_app.callers import Caller
from clients_app.models import AuditEntry, Session, User
from clients_app.models.user import Role
from clients_app.pages.sessions import words_of
from tests import factories
from tests.factories import PASSWORD, Party
from tests.pages.browsing import text_of

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


def come(email: str, user_agent: str = FIREFOX, address: str = "192.0.2.1") -> Browser:
    browser = Browser(REMOTE_ADDR=address, HTTP_USER_AGENT=user_agent)
    assert browser.post("/sign-in", {"username": email, "password": PASSWORD}).status_code == 302
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/profile").status_code == 200


@pytest.fixture
def here(account: Party) -> Browser:
    return come("ann@acme.example")


@pytest.fixture
def phone(account: Party) -> Browser:
    return come("ann@acme.example", PHONE, "2001:db8::7")


def key_of(browser: Browser) -> str:
    return next(row.pk for row in Session.objects.all() if row.browser == browser.defaults["HTTP_USER_AGENT"])


def end(browser: Browser, session: str, password: str = PASSWORD) -> str:
    return text_of(browser.post("/sessions", {"session": session, "password": password}, follow=True))


def test_they_are_shown_with_browser_address_and_moments(here: Browser, phone: Browser) -> None:
    page = text_of(here.get("/sessions"))

    assert "Firefox on Linux</span> <span" in page
    assert "Safari on iPhone</span></td>" in page
    assert page.count("This one") == 1
    for said in ("192.0.2.1", "2001:db8::7", "when nobody has used it for 8 hours"):
        assert said in page


def test_one_is_ended_alone(here: Browser, phone: Browser, account: Party) -> None:
    third = come("ann@acme.example", "curl/8")

    assert "You are signed out there." in end(here, key_of(phone))

    assert [is_in(each) for each in (here, phone, third)] == [True, False, True]
    entry = AuditEntry.objects.get(action="sessions ended")
    assert (entry.row_id, entry.by, entry.after) == (
        account.administrator.pk, "ann@acme.example", {"sessions": "1 ended"}
    )  # fmt: skip


def test_all_others_are_ended(here: Browser, phone: Browser) -> None:
    assert "You are signed out everywhere else." in end(here, "all")

    assert (is_in(here), is_in(phone)) == (True, False)
    assert "You are signed in nowhere else." in text_of(here.get("/sessions"))


def test_it_takes_the_password(here: Browser, phone: Browser) -> None:
    page = end(here, "all", "wrong")

    assert "The password is wrong." in page
    assert 'value="all" checked' in page
    assert is_in(phone)


def test_nobody_ends_what_is_not_theirs_nor_what_they_work_with(
    here: Browser, phone: Browser, neighbour: Party
) -> None:
    factories.user(account=neighbour.account, email="eve@neighbour.example")
    eve = come("eve@neighbour.example", "Eve")

    for key in (key_of(eve), key_of(here), "x", ""):
        assert "You are signed out" not in end(here, key)

    assert all(map(is_in, (here, phone, eve)))
    assert "Eve" not in text_of(here.get("/sessions"))


def test_what_is_over_is_not_shown(here: Browser, phone: Browser, account: Party) -> None:
    tablet = come("ann@acme.example", "Mozilla/5.0 (iPad) Safari/604.1")
    Session.objects.filter(pk=key_of(phone)).update(used_at=timezone.now() - timedelta(hours=9))
    assert "iPhone" not in text_of(here.get("/sessions"))
    assert "iPad" in text_of(here.get("/sessions"))

    accounts.change_password(account.administrator, "quite another phrase", by=account.caller)
    tablet.post("/sign-in", {"username": "ann@acme.example", "password": "quite another phrase"})

    page = text_of(tablet.get("/sessions"))
    assert "Firefox" not in page
    assert "iPad" in page


def test_operators_see_theirs_in_utc(db: None) -> None:
    factories.user(account=None, email="olga@service.example")
    browser = Browser(HTTP_USER_AGENT=FIREFOX)
    browser.post("/admin/login/", {"username": "olga@service.example", "password": PASSWORD})

    page = text_of(browser.get("/sessions"))

    assert "Firefox on Linux" in page
    assert "Times are those of UTC." in page


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Chrome/140.0 Safari/537.36", "Chrome on Mac"),
        ("curl/8.5", "Another program"),
        ("", "Another program"),
    ],
)
def test_browsers_are_called_by_their_names(user_agent: str, words: str) -> None:
    assert words_of(user_agent) == words


def test_what_a_browser_calls_itself_is_cut_and_never_markup(account: Party) -> None:
    browser = come("ann@acme.example", "\x00<svg onload=alert(1)>" + "x" * 300)

    assert len(Session.objects.get().browser) == 200
    assert "<svg onload" not in text_of(browser.get("/sessions"))


def test_an_administrator_signs_somebody_out(here: Browser, account: Party) -> None:
    bob = factories.user(account=account.account, email="bob@acme.example", role=Role.READER)
    browser = come("bob@acme.example")

    page = text_of(here.post(f"/settings/users/{bob.pk}/sign-out", follow=True))

    assert "bob@acme.example is signed out everywhere." in page
    assert (is_in(browser), is_in(here)) == (False, True)
    own = text_of(here.post(f"/settings/users/{account.administrator.pk}/sign-out", follow=True))
    assert "Your own sessions you end at your profile" in own


def test_whoever_is_switched_off_is_not_in_again_once_switched_on(here: Browser, account: Party) -> None:
    by = Caller(user=factories.user(account=account.account, email="bob@acme.example"))
    for is_active in (False, True):
        accounts.set_active(account.administrator, is_active, by=by)

    assert not is_in(here)


def test_a_session_that_ends_while_a_page_is_made_does_not_come_back(
    here: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.raise_request_exception = False
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr("clients_app.sessions.timezone.now", lambda: later)  # so that its use is written down

    def ended(user: User) -> list[Session]:
        Session.objects.all().delete()
        return []

    monkeypatch.setattr("clients_app.pages.sessions.sessions.live_of", ended)

    assert here.get("/sessions").status_code == 400
    assert not Session.objects.exists()
    assert here.get("/profile").status_code == 302


def test_one_from_before_another_secret_key_is_not_shown(here: Browser, phone: Browser, settings: Any) -> None:
    settings.SECRET_KEY = "another" * 10
    again = come("ann@acme.example", "curl/8")

    page = text_of(again.get("/sessions"))

    assert "You are signed in nowhere else." in page
