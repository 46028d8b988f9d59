"""From the forgotten password to a new one, by a letter."""

import re
from threading import Event
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core import mail as outbox
from django.test import Client as Browser

from clients_app import accounts
from clients_app.links import INVITATION, RESET
from clients_app.models import Session, User
from clients_app.pages import passwords
from tasks_app import engine
from tests.factories import PASSWORD, Party
from tests.pages.browsing import signed_in, text_of

NEW = "a quite different phrase"
CHOSEN = {"new_password1": NEW, "new_password2": NEW}


def opened(browser: Browser, path: str) -> str:
    """Where the link leads to: there the form is."""
    response: Any = browser.get(path)
    assert response.status_code == 302
    return str(response["Location"])


@pytest.mark.usefixtures("committed")
def test_a_forgotten_password_is_replaced_by_a_letter(account: Party) -> None:
    browser, elsewhere = Browser(), signed_in(account.administrator)
    said = text_of(browser.post("/password/reset", {"email": "Ann@acme.example"}))
    assert "Look into your mail" in said
    assert outbox.outbox == []

    engine.work(threads=1, stop=Event(), until_idle=True)
    (path,) = re.findall(r"^http://testserver(/\S+)$", str(outbox.outbox[0].body), re.MULTILINE)
    response = browser.post(opened(browser, path), CHOSEN, follow=True)

    assert "Your password is set: sign in with it." in text_of(response)
    assert elsewhere.get("/tasks").status_code == 302
    signed: Any = browser.post("/sign-in", {"username": "ann@acme.example", "password": NEW})
    assert signed.status_code == 302
    assert "works no more" in text_of(browser.get(path))


@pytest.mark.django_db
def test_the_answer_is_the_same_whoever_exists(account: Party) -> None:
    def answer(email: str) -> str:
        page = text_of(Browser().post("/password/reset", {"email": email}))
        return re.sub(r'value="\w{64}"', "", page).replace(email, "")

    assert answer("ann@acme.example") == answer("nobody@acme.example")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "email", ["", "no address", "a\x00@b.example", "x" * 300 + "@acme.example", "\ud800@b.example"]
)
def test_what_is_no_address_is_said(email: str) -> None:
    form = urlencode({"email": email}, errors="surrogatepass")
    response = Browser().post("/password/reset", form, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 200
    assert 'class="problem"' in text_of(response)


@pytest.mark.django_db
def test_too_many_letters_are_refused(account: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_RESETS_OF_NAME", 0)

    response = Browser().post("/password/reset", {"email": "ann@acme.example"})

    assert re.search(r"Too many letters were asked for: try again in \d+ minutes\.", text_of(response))
    assert 'value="ann@acme.example"' in text_of(response)


@pytest.mark.django_db
def test_the_token_does_not_stay_in_the_address(account: Party) -> None:
    path = RESET.address(account.administrator)
    browser = Browser()

    address = opened(browser, path)

    assert address == f"/password/reset/{account.administrator.pk}/choose"
    page = browser.get(address)
    assert "ann@acme.example" in text_of(page)
    assert path.rsplit("/", 1)[1] not in text_of(page)
    assert "no-store" in page["Cache-Control"]
    assert Browser().get(address).status_code == 410


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("new", "again", "said"), [("short", "short", "too short"), (NEW, "x", "match"), ("", "", "required")]
)
def test_a_password_that_can_not_be_leaves_the_link_good(account: Party, new: str, again: str, said: str) -> None:
    browser = Browser()
    address = opened(browser, RESET.address(account.administrator))

    assert said in text_of(browser.post(address, {"new_password1": new, "new_password2": again}))

    assert browser.post(address, CHOSEN).status_code == 302


@pytest.mark.django_db
def test_a_form_that_is_sent_twice_says_that_the_link_is_used_up(account: Party) -> None:
    browser = Browser()
    address = opened(browser, RESET.address(account.administrator))

    browser.post(address, CHOSEN)
    response = browser.post(address, CHOSEN)

    assert response.status_code == 410
    assert "Ask for another letter" in text_of(response)


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["password/reset", "invitation"])
def test_a_wrong_link_says_what_to_do(place: str) -> None:
    response = Browser().get(f"/{place}/{uuid4()}/abc-def")

    assert response.status_code == 410
    assert "This link works no more" in text_of(response)


@pytest.mark.django_db
def test_whoever_is_invited_chooses_a_password(account: Party) -> None:
    User.objects.update(password="!nothing")
    account.administrator.refresh_from_db()
    browser = Browser()

    address = opened(browser, INVITATION.address(account.administrator))
    assert "Welcome to Acme" in text_of(browser.get(address))
    browser.post(address, CHOSEN)

    account.administrator.refresh_from_db()
    assert account.administrator.check_password(NEW)
    assert not account.administrator.check_password(PASSWORD)
    assert browser.get(address).status_code == 410


@pytest.mark.parametrize("kept", [None, "", "not encrypted", "x" * 5000])
def test_the_table_of_sessions_does_not_tell_the_token(account: Party, kept: str | None) -> None:
    path, browser = RESET.address(account.administrator), Browser()
    form = opened(browser, path)

    stored = [session.get_decoded() for session in Session.objects.all()]

    assert [key for one in stored for key in one] == [passwords.TOKEN]
    assert path.rsplit("/", 1)[1] not in repr(stored)
    assert "works no more" not in text_of(browser.get(form))
    session = browser.session
    session[passwords.TOKEN] = kept
    session.save()
    assert "works no more" in text_of(browser.get(form))
