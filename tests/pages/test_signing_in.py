"""Signing in and out, one's own password, and who gets to which page."""

from typing import Any

import pytest
from django.test import Client as Browser

from clients_app.models import AuditEntry, User
from clients_app.models.user import Role
from tasks_app.models import Task
from tests import factories
from tests.factories import PASSWORD, Party
from tests.pages.browsing import signed_in, text_of

NEW = "a quite different phrase"


def test_people_sign_in_with_their_address_in_any_case_and_get_where_they_wanted(account: Party) -> None:
    browser = Browser()
    wanted: Any = browser.get("/tasks?status=FAILED")
    assert (wanted.status_code, wanted["Location"]) == (302, "/sign-in?next=/tasks%3Fstatus%3DFAILED")

    form = {"username": "ANN@acme.Example", "password": PASSWORD, "next": "/tasks?status=FAILED"}
    response: Any = browser.post("/sign-in", form)

    assert (response.status_code, response["Location"]) == (302, "/tasks?status=FAILED")
    assert "ann@acme.example, Acme" in text_of(browser.get("/tasks"))


def test_nobody_is_sent_to_another_site(account: Party) -> None:
    form = {"username": "ann@acme.example", "password": PASSWORD, "next": "https://evil.example/"}
    response: Any = Browser().post("/sign-in", form)

    assert response["Location"] == "/"


@pytest.mark.parametrize(
    ("email", "password"),
    [("ann@acme.example", "wrong"), ("nobody@acme.example", PASSWORD), ("", ""), ("ann@acme.example", "a\x00b")],
)
def test_a_wrong_sign_in_says_so_and_keeps_the_address(account: Party, email: str, password: str) -> None:
    response = Browser().post("/sign-in", {"username": email, "password": password})

    page = text_of(response)
    assert response.status_code == 200
    assert ('class="problem"' in page) or ("note bad" in page)
    assert not email or f'value="{email}"' in page


def test_a_person_who_is_switched_off_does_not_get_in(account: Party) -> None:
    User.objects.update(is_active=False)

    response = Browser().post("/sign-in", {"username": "ann@acme.example", "password": PASSWORD})

    assert "is wrong" in text_of(response)


@pytest.mark.parametrize("address", ["/sign-in", "/admin/login/"])
def test_guessing_has_to_wait_even_if_it_is_right_at_last(account: Party, settings: Any, address: str) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = 2
    browser = Browser()
    for _ in range(2):
        assert "is wrong" in text_of(browser.post(address, {"username": "ann@acme.example", "password": "x"}))

    response = browser.post(address, {"username": "ann@acme.example", "password": PASSWORD})

    assert "try again in" in text_of(response)


def test_the_admin_site_lets_operators_in_alone(account: Party, settings: Any) -> None:
    operator = factories.user(account=None)
    of_an_account = Browser().post("/admin/login/", {"username": "ann@acme.example", "password": PASSWORD})
    of_nobody: Any = Browser().post("/admin/login/?next=/admin/", {"username": operator.email, "password": PASSWORD})

    assert "is wrong" in text_of(of_an_account)
    assert settings.SESSION_COOKIE_NAME not in of_an_account.cookies
    assert (of_nobody.status_code, of_nobody["Location"]) == (302, "/admin/")


def test_signing_out_takes_a_form(account: Party) -> None:
    browser = signed_in(account.administrator)

    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").status_code == 302
    assert browser.get("/tasks").status_code == 302


def test_a_new_password_is_good_at_once_and_ends_the_other_sessions(account: Party) -> None:
    browser, elsewhere = signed_in(account.administrator), signed_in(account.administrator)

    response = browser.post(
        "/password", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}, follow=True
    )

    assert "Your password is changed" in text_of(response)
    assert elsewhere.get("/tasks").status_code == 302
    account.administrator.refresh_from_db()
    assert account.administrator.check_password(NEW)
    entry = AuditEntry.objects.get(action="password changed")
    assert NEW not in repr((entry.before, entry.after))


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong", NEW, NEW, "is wrong"),
        (PASSWORD, "short", "short", "too short"),
        (PASSWORD, "1qaz2wsx3edc", "1qaz2wsx3edc", "too common"),
        (PASSWORD, "ann@acme.example", "ann@acme.example", "too similar"),
        (PASSWORD, NEW, "another phrase here", "match"),
    ],
)
def test_a_password_that_can_not_be(account: Party, old: str, new: str, again: str, said: str) -> None:
    browser = signed_in(account.administrator)

    response = browser.post("/password", {"old_password": old, "new_password1": new, "new_password2": again})

    assert said in text_of(response)
    account.administrator.refresh_from_db()
    assert account.administrator.check_password(PASSWORD)


def test_who_gets_where_from_the_start(account: Party) -> None:
    operator = factories.user(account=None)
    assert Browser().get("/").status_code == 200
    assert "<h1>Overview</h1>" in text_of(signed_in(account.administrator).get("/"))
    for address in ("/", "/tasks"):
        response: Any = signed_in(operator).get(address)
        assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_an_account_that_is_switched_off_sees_nothing(account: Party) -> None:
    account.account.is_enabled = False
    account.account.save()

    for address in ("/", "/tasks"):
        response = signed_in(account.administrator).get(address)
        assert response.status_code == 403
        assert "This account is switched off." in text_of(response)


def test_a_reader_sees_and_changes_nothing(account: Party, task: Task) -> None:
    row = factories.account_task(client=account.client, task=task)
    browser = signed_in(factories.user(account=account.account, role=Role.READER))

    page = text_of(browser.get(f"/tasks/{row.pk}"))
    assert "Run now" not in page
    for verb in ("run", "pause", "resume", "delete", "restore"):
        assert browser.post(f"/tasks/{row.pk}/{verb}").status_code == 403
    row.refresh_from_db()
    assert (row.is_enabled, row.deleted_at, row.runs.count()) == (True, None, 0)


def test_a_part_that_updates_itself_leads_the_whole_page_to_the_sign_in(account: Party) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/tasks?status=FAILED"}

    response: Any = Browser().get("/tasks", headers=headers)

    assert response.status_code == 200
    assert response["HX-Redirect"] == "/sign-in?next=/tasks%3Fstatus%3DFAILED"
