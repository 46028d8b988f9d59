"""The users of an account: who they are, invited, changed, switched off and on; and one's own profile."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients_app import accounts, letters
from clients_app.callers import Caller
from clients_app.exceptions import LastAdministrator
from clients_app.models import AuditEntry, User
from clients_app.models.user import Role
from tests import factories
from tests.factories import Party
from tests.pages.browsing import signed_in, text_of

INVITED = {"email": "Bob@acme.example", "role": "READER"}
VERBS = ["invite", "role", "switch-off", "switch-on"]


@pytest.fixture
def bob(account: Party) -> User:
    return factories.user(account=account.account, email="bob@acme.example", role=Role.READER)


@pytest.fixture(autouse=True)
def orders(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The letters that are ordered."""
    found: list[Any] = []
    monkeypatch.setattr(type(letters.send), "enqueue", lambda task, *args: found.append(args))
    return found


def post(browser: Browser, path: str, **fields: str) -> str:
    return text_of(browser.post(f"/settings/users{path}", fields, follow=True))


def test_the_list_shows_those_of_the_account_alone(browser: Browser, bob: User, neighbour: Party) -> None:
    page = text_of(browser.get("/settings/users"))

    assert "ann@acme.example</a> <small>you</small>" in page
    assert "bob@acme.example" in page
    assert "ann@neighbour.example" not in page


def test_the_number_of_queries_does_not_depend_on_the_number_of_users(browser: Browser, account: Party) -> None:
    counts = []
    for number in (1, 20):
        for _ in range(number):
            factories.user(account=account.account)
        with CaptureQueriesContext(connection) as queries:
            browser.get("/settings/users")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_an_invited_user_gets_a_letter_and_stands_in_the_list(
    browser: Browser, account: Party, orders: list[Any]
) -> None:
    page = post(browser, "/invite", **INVITED)

    bob = User.objects.get(email="bob@acme.example")
    assert "An invitation to bob@acme.example is on its way." in page
    assert ">Invited<" in page
    assert (bob.account, bob.role, bob.has_usable_password()) == (account.account, Role.READER, False)
    assert orders == [("invitation", bob.pk.hex, "http://testserver")]
    assert AuditEntry.objects.get(action="user invited").row_id == bob.pk


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("", "required"),
        ("nobody", "Enter a valid email address."),
        ("b\x00b@acme.example", "Null characters"),
        ("x" * 250 + "@acme.example", "at most 254"),
        ("ann@acme.example", "a user of the account already"),
        ("ANN@neighbour.example", "invited: use another one, or ask the operator"),
        ("operator@example.org", "invited: use another one, or ask the operator"),
    ],
)
def test_an_address_that_can_not_be_invited(
    browser: Browser, neighbour: Party, orders: list[Any], email: str, said: str
) -> None:
    factories.user(account=None, email="operator@example.org")

    page = post(browser, "/invite", email=email, role="READER")

    assert said in page
    assert '<option value="READER" selected>' in page
    assert orders == []


def test_an_account_sends_so_many_invitations_in_an_hour(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_INVITATIONS", 0)

    assert "Too many letters were asked for" in post(browser, "/invite", **INVITED)

    assert not User.objects.filter(email="bob@acme.example").exists()


def test_an_invitation_is_sent_again_until_there_is_a_password(browser: Browser, bob: User, orders: list[Any]) -> None:
    assert "has a password already" in post(browser, f"/{bob.pk}/invite")
    User.objects.filter(pk=bob.pk).update(password="!")

    assert "Another invitation to bob@acme.example" in post(browser, f"/{bob.pk}/invite")

    assert orders == [("invitation", bob.pk.hex, "http://testserver")]
    assert AuditEntry.objects.filter(action="invitation sent again", row_id=bob.pk).count() == 1


def test_a_role_changes_and_changes_back(browser: Browser, bob: User) -> None:
    assert "The role of bob@acme.example is changed." in post(browser, f"/{bob.pk}/role", role="ADMINISTRATOR")
    bob.refresh_from_db()
    assert bob.may_change

    post(browser, f"/{bob.pk}/role", role="READER")

    bob.refresh_from_db()
    assert not bob.may_change
    assert AuditEntry.objects.filter(action="role changed", row_id=bob.pk).count() == 2


def test_there_are_no_other_roles(browser: Browser, bob: User) -> None:
    assert "Choose one of the roles." in post(browser, f"/{bob.pk}/role", role="KING")


def test_whoever_is_switched_off_is_out_until_switched_on(browser: Browser, bob: User) -> None:
    elsewhere = signed_in(bob)
    assert elsewhere.get("/tasks").status_code == 200

    assert "bob@acme.example is switched off" in post(browser, f"/{bob.pk}/switch-off")
    assert elsewhere.get("/tasks").status_code == 302
    assert "bob@acme.example is switched on." in post(browser, f"/{bob.pk}/switch-on")

    assert signed_in(bob).get("/tasks").status_code == 200
    actions = AuditEntry.objects.filter(row_id=bob.pk, by="ann@acme.example").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["user switched off", "user switched on"]


@pytest.mark.parametrize(("verb", "fields"), [("role", {"role": "READER"}), ("switch-off", {})])
def test_nobody_changes_the_own_role_or_switches_oneself_off(
    browser: Browser, account: Party, bob: User, verb: str, fields: dict[str, str]
) -> None:
    assert "Nobody changes the own role" in post(browser, f"/{account.administrator.pk}/{verb}", **fields)

    account.administrator.refresh_from_db()
    assert (account.administrator.may_change, account.administrator.is_active) == (True, True)


@pytest.mark.parametrize("is_invited", [True, False])
def test_an_account_is_never_left_without_an_administrator(account: Party, bob: User, is_invited: bool) -> None:
    """Two take each other's rights at once: the second finds that it would be the last."""
    User.objects.filter(pk=bob.pk).update(role=Role.ADMINISTRATOR)
    by_bob = Caller(user=bob)
    if is_invited:
        User.objects.filter(pk=bob.pk).update(password="!")
    else:
        accounts.change_role(bob, Role.READER, by=account.caller)

    with pytest.raises(LastAdministrator):
        accounts.change_role(account.administrator, Role.READER, by=by_bob)
    with pytest.raises(LastAdministrator):
        accounts.set_active(account.administrator, False, by=by_bob)

    account.administrator.refresh_from_db()
    assert (account.administrator.may_change, account.administrator.is_active) == (True, True)


@pytest.mark.parametrize("verb", VERBS)
def test_foreign_users_are_not_there(browser: Browser, neighbour: Party, verb: str) -> None:
    key = neighbour.administrator.pk

    assert browser.get(f"/settings/users/{key}").status_code == 404
    assert browser.post(f"/settings/users/{key}/{verb}", {"role": "READER"}).status_code == 404


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_takes_a_form_of_an_administrator(browser: Browser, bob: User, verb: str) -> None:
    path = f"/settings/users/{bob.pk}/{verb}"

    assert browser.get(path).status_code == 405
    assert signed_in(bob).post(path).status_code == 403
    assert signed_in(bob).post("/settings/users/invite", INVITED).status_code == 403


def test_readers_see_the_users_and_no_verbs(account: Party, bob: User) -> None:
    browser = signed_in(bob)

    listed, shown = text_of(browser.get("/settings/users")), browser.get(f"/settings/users/{account.administrator.pk}")

    assert "ann@acme.example" in listed
    assert "Invite a user" not in listed
    assert "<button" not in text_of(shown).split("<main", 1)[1]


def test_the_page_of_a_user_says_what_is_known_and_can_be_done(browser: Browser, account: Party, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(last_login=timezone.now())

    page = text_of(browser.get(f"/settings/users/{bob.pk}"))
    own = text_of(browser.get(f"/settings/users/{account.administrator.pk}"))

    assert "Switch off" in page
    assert "never" not in page
    assert "This is you" in own
    assert "Switch off" not in own


def test_everybody_has_a_profile(account: Party, bob: User) -> None:
    operator = factories.user(account=None)

    for user, role in ((account.administrator, "Administrator"), (bob, "Reader"), (operator, "Operator")):
        page = text_of(signed_in(user).get("/profile"))
        assert user.email in page
        assert role in page
        assert 'href="/password"' in page
