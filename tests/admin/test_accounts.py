"""Accounts, users and clients at the admin site."""

import html
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients_app import clients, secrets
from clients_app.admin import actions
from clients_app.models import Account, AuditEntry, Client, User
from tests.admin.forms import act, post, url
from tests.factories import NOW, PASSWORD, SECRET, Party


def test_a_new_account_shows_its_signing_secret_once(browser: Browser, operator: User) -> None:
    response = post(browser, url(Account, "add"), name="New", time_zone="Europe/Paris", is_enabled="on")

    account = Account.objects.get()
    assert secrets.decrypt(account.signing_secret) in html.unescape(response.content.decode())
    assert "no-store" in response["Cache-Control"]
    assert "messages" not in browser.cookies
    assert "whsec_" not in browser.get(url(Account, "change", account.pk)).content.decode()
    entry = AuditEntry.objects.get(action="account created")
    assert (entry.user, entry.account, entry.address) == (operator, account, "127.0.0.1")


def test_an_account_is_switched_off_after_a_question_and_on_again(browser: Browser, account: Party) -> None:
    asked = act(browser, Account, "switch_off", account.account)
    assert "Switch these accounts off?" in asked
    assert '<input type="hidden" name="confirmed" value="yes">' in asked
    assert Account.objects.get().is_enabled

    act(browser, Account, "switch_off", account.account, is_sure=True)
    act(browser, Account, "switch_off", account.account, is_sure=True)
    assert not Account.objects.get().is_enabled
    act(browser, Account, "switch_on", account.account)

    assert Account.objects.get().is_enabled
    on, off = AuditEntry.objects.filter(action__startswith="account switched")
    assert (off.action, off.before, off.after) == ("account switched off", {"is_enabled": True}, {"is_enabled": False})
    assert (on.action, on.by) == ("account switched on", "operator@example.org")


def test_a_form_does_not_switch_an_account_off(browser: Browser, account: Party) -> None:
    post(browser, url(Account, "change", account.account.pk), name="Acme", time_zone="Europe/Paris")

    entry = AuditEntry.objects.get(action="account changed")
    assert (entry.before, entry.after) == ({"time_zone": "UTC"}, {"time_zone": "Europe/Paris"})
    assert Account.objects.get().is_enabled


def test_too_many_rows_at_once_are_not_asked_about(
    browser: Browser, account: Party, neighbour: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_ASKED", 1)

    page = act(browser, Account, "switch_off", account.account, neighbour.account)

    assert "choose 1 of them at most" in page


def test_a_wrong_time_zone_is_said_beside_the_field(browser: Browser, account: Party) -> None:
    response = browser.post(url(Account, "change", account.account.pk), {"name": "Acme", "time_zone": "Mars"})

    assert "must be an IANA time zone such as Europe/Paris" in response.content.decode()
    assert Account.objects.get().time_zone == "UTC"


@pytest.mark.parametrize("has_account", [True, False])
def test_a_user_without_an_account_is_an_operator(browser: Browser, account: Party, has_account: bool) -> None:
    post(
        browser,
        url(User, "add"),
        email="Bob@Example.org",
        account=str(account.account.pk) if has_account else "",
        role="READER",
        usable_password="true",
        password1=PASSWORD,
        password2=PASSWORD,
    )

    bob = User.objects.get(email="bob@example.org")
    assert (bob.is_staff, bob.is_superuser) == (not has_account, not has_account)
    assert bob.check_password(PASSWORD)
    assert AuditEntry.objects.filter(action="user created", row_id=bob.pk, by="operator@example.org").count() == 1


def test_a_user_changes_in_all_but_the_account(browser: Browser, account: Party, neighbour: Party) -> None:
    key = account.administrator.pk

    post(browser, url(User, "change", key), email="ann@acme.example", role="READER", account=str(neighbour.account.pk))

    ann = User.objects.get(pk=key)
    assert (ann.account, ann.role, ann.is_active, ann.is_staff) == (account.account, "READER", False, False)
    entry = AuditEntry.objects.get(action="user changed")
    assert entry.after == {"role": "READER", "is_active": False}


def test_a_changed_password_leaves_its_trail_but_not_itself(browser: Browser, account: Party) -> None:
    address = reverse("admin:auth_user_password_change", args=[account.administrator.pk])
    new = "another horse, another staple"

    post(browser, address, usable_password="true", password1=new, password2=new)

    account.administrator.refresh_from_db()
    assert account.administrator.check_password(new)
    entry = AuditEntry.objects.get(action="password changed")
    assert (entry.account, entry.after) == (account.account, {"password": "changed"})


def test_operators_change_their_own_password_at_the_pages_which_count_and_write_down(
    browser: Browser, operator: User
) -> None:
    new = "another horse, another staple"

    response: Any = browser.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": new})

    assert (response.status_code, response["Location"]) == (302, "/password")
    operator.refresh_from_db()
    assert operator.check_password(PASSWORD)
    assert 'href="/profile"' in browser.get("/admin/").content.decode()


def test_operators_do_not_switch_themselves_off(browser: Browser, operator: User) -> None:
    post(browser, url(User, "change", operator.pk), email="me@example.org", role="ADMINISTRATOR")

    operator.refresh_from_db()
    assert (operator.email, operator.is_active) == ("me@example.org", True)


def test_a_new_client_shows_its_secret_once(browser: Browser, account: Party) -> None:
    response = post(browser, url(Client, "add"), name="Billing", user=str(account.administrator.pk))

    client = Client.objects.get(name="Billing")
    (shown,) = response.context["shown"]
    assert clients.identify(client.pk, {shown.secret}) == client
    assert shown.secret in response.content.decode()
    assert str(client.pk) in shown.label
    assert "no-store" in response["Cache-Control"]
    assert "messages" not in browser.cookies
    assert shown.secret not in browser.get(url(Client, "changelist")).content.decode()
    assert (client.account, client.user) == (account.account, account.administrator)
    assert AuditEntry.objects.filter(action="client registered", by="operator@example.org").count() == 1


def test_clients_are_rotated_from_the_list(browser: Browser, account: Party, neighbour: Party) -> None:
    Client.objects.filter(pk=neighbour.client.pk).update(revoked_at=NOW)
    rows = {"action": "rotate", "_selected_action": [str(account.client.pk), str(neighbour.client.pk)]}

    response: Any = browser.post(url(Client, "changelist"), rows)

    (shown,) = response.context["shown"]
    assert clients.identify(account.client.pk, {shown.secret}) == clients.identify(account.client.pk, {SECRET})
    assert "no-store" in response["Cache-Control"]
    assert "it is revoked." in response.content.decode()
    entry = AuditEntry.objects.get(action="client's secret rotated")
    assert shown.secret not in str((entry.before, entry.after))


def test_nothing_is_shown_if_nothing_was_rotated(browser: Browser, account: Party) -> None:
    Client.objects.update(revoked_at=NOW)

    assert "it is revoked." in act(browser, Client, "rotate", account.client)


def test_clients_are_revoked_from_the_list_after_a_question(browser: Browser, account: Party) -> None:
    assert "Revoke these clients?" in act(browser, Client, "revoke", account.client)
    account.client.refresh_from_db()
    assert account.client.is_enabled

    act(browser, Client, "revoke", account.client, is_sure=True)

    account.client.refresh_from_db()
    assert not account.client.is_enabled
    assert AuditEntry.objects.get(action="client revoked").by == "operator@example.org"


def test_signing_secrets_are_rotated_and_retired_from_the_list(browser: Browser, account: Party) -> None:
    first = Account.objects.get().signing_secret

    page = act(browser, Account, "rotate_signing_secret", account.account)
    rotated = Account.objects.get()
    act(browser, Account, "retire_signing_secret", account.account)

    assert secrets.decrypt(rotated.signing_secret) in html.unescape(page)
    assert rotated.previous_signing_secret == first
    assert Account.objects.get().previous_signing_secret == ""
    trail = AuditEntry.objects.filter(action__startswith="signing secret").order_by("pk")
    assert list(trail.values_list("action", flat=True)) == ["signing secret rotated", "signing secret retired"]
    assert "whsec_" not in str(list(trail.values_list("before", "after")))


def test_users_are_signed_out_everywhere_but_not_oneself(browser: Browser, account: Party, operator: User) -> None:
    ann = Browser()
    ann.force_login(account.administrator)

    page = act(browser, User, "end_sessions", account.administrator, operator)

    assert "Done for 1." in page
    assert "Your own sessions you end at your profile" in page
    assert ann.get("/profile").status_code == 302


def test_whoever_is_switched_off_here_is_out(browser: Browser, account: Party) -> None:
    ann = Browser()
    ann.force_login(account.administrator)
    fields = {"email": "ann@acme.example", "role": account.administrator.role}

    post(browser, url(User, "change", account.administrator.pk), **fields)
    post(browser, url(User, "change", account.administrator.pk), **fields, is_active="on")

    assert User.objects.get(pk=account.administrator.pk).is_active
    assert ann.get("/profile").status_code == 302
