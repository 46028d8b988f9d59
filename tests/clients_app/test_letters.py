"""Letters with links: who gets one, when it is tried again, how long a link is good and for what."""

import re
import smtplib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMessage
from django.utils import timezone

from clients_app import accounts, letters, links
from clients_app.exceptions import LinkOver
from clients_app.limits import LimitReached
from clients_app.links import INVITATION, RESET, Link
from clients_app.models import AuditEntry, User
from tests.factories import PASSWORD, Party

pytestmark = pytest.mark.django_db

ORIGIN = "https://tasks.example.org"
NEW = "a quite different phrase"
HOUR = timedelta(hours=1)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is laid into the queue: the arguments, and when it is to be called."""
    found: list[Any] = []

    def enqueue(task: Any, *args: Any, **kwargs: Any) -> None:
        found.append((*args, task.run_after))

    monkeypatch.setattr(type(letters.send), "enqueue", enqueue)
    return found


def invited(party: Party) -> User:
    user = party.administrator
    user.set_unusable_password()
    user.save()
    return user


def link_of(link: Link, user: User) -> str:
    """The token in the letter that is sent."""
    letters.send.func(link.kind, user.pk.hex, ORIGIN)
    (token,) = re.findall(rf"^{ORIGIN}/\S+/{user.pk}/(\S+)$", str(outbox.outbox[-1].body), re.MULTILINE)
    return str(token)


def use(link: Link, user: User, token: str) -> None:
    accounts.set_password_by_link(link, user.pk, token, NEW, address="192.0.2.1")


def fail(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def send(message: EmailMessage) -> int:
        raise error

    monkeypatch.setattr(EmailMessage, "send", send)


def test_a_link_sets_the_password_once(account: Party) -> None:
    token = link_of(RESET, account.administrator)

    use(RESET, account.administrator, token)

    account.administrator.refresh_from_db()
    assert account.administrator.check_password(NEW)
    entry = AuditEntry.objects.get(action="password changed")
    assert (entry.by, entry.address, entry.account) == ("ann@acme.example", "192.0.2.1", account.account)
    assert token not in repr((entry.before, entry.after))
    with pytest.raises(LinkOver):
        use(RESET, account.administrator, token)


@pytest.mark.parametrize(("link", "days"), [(RESET, 1), (INVITATION, 7)])
@pytest.mark.parametrize("is_late", [False, True])
def test_a_link_is_good_for_its_time(
    account: Party, monkeypatch: pytest.MonkeyPatch, link: Link, days: int, is_late: bool
) -> None:
    user = invited(account) if link.is_first else account.administrator
    token = link_of(link, user)
    later = datetime.now() + timedelta(days=days) + timedelta(seconds=5 if is_late else -5)  # noqa: DTZ005 (as Django)
    monkeypatch.setattr(links._Tokens, "_now", lambda self: later)

    assert (link.holder(user.pk, token) is None) == is_late


def test_a_link_of_one_kind_or_user_is_not_that_of_another(account: Party, neighbour: Party) -> None:
    token = link_of(RESET, account.administrator)

    assert RESET.holder(neighbour.administrator.pk, token) is None
    guest = invited(account)
    assert INVITATION.holder(guest.pk, token) is None
    assert INVITATION.holder(guest.pk, RESET.address(guest).rpartition("/")[2]) is None


@pytest.mark.parametrize(
    "token", ["", "x", "a-b-c", "-", "c5-\N{SNOWMAN}", "\x00-\x00", "1" * 5000, "\N{ARABIC-INDIC DIGIT ONE}-1"]
)
def test_a_mangled_link_is_nothing(account: Party, token: str) -> None:
    assert RESET.holder(account.administrator.pk, token) is None


def test_a_sign_in_ends_the_link(account: Party) -> None:
    token = link_of(RESET, account.administrator)

    User.objects.update(last_login=timezone.now())

    assert RESET.holder(account.administrator.pk, token) is None


def test_nobody_who_is_switched_off_gets_a_letter_or_uses_a_link(account: Party) -> None:
    token = link_of(RESET, account.administrator)
    User.objects.update(is_active=False)

    letters.send.func(RESET.kind, account.administrator.pk.hex, ORIGIN)

    assert len(outbox.outbox) == 1
    assert RESET.holder(account.administrator.pk, token) is None


def test_whoever_has_no_password_needs_an_invitation_and_whoever_has_one_gets_none(account: Party) -> None:
    letters.send.func(INVITATION.kind, account.administrator.pk.hex, ORIGIN)
    letters.send.func(RESET.kind, invited(account).pk.hex, ORIGIN)

    assert outbox.outbox == []


def test_the_letters_say_what_they_are_about(account: Party) -> None:
    account.account.name = "Acme & <Sons>"
    account.account.save()
    link_of(RESET, account.administrator)
    link_of(INVITATION, invited(account))

    reset, invitation = outbox.outbox
    assert (reset.to, reset.subject) == (["ann@acme.example"], "Account Tasks: set a new password")
    assert "works once, and for 1 day:" in str(reset.body)
    assert invitation.subject == "You are invited to Account Tasks of Acme & <Sons>"
    assert "as an administrator" in str(invitation.body)
    assert "works once, and for 7 days:" in str(invitation.body)


def test_the_queue_holds_no_secret_and_the_same_for_whom_nobody_knows(account: Party, orders: list[Any]) -> None:
    now = timezone.now()
    for email in (" Ann@acme.example", "nobody@acme.example"):
        accounts.order_password_reset(email, address=None, origin=ORIGIN, now=now)

    known, unknown = orders
    assert known == ("password_reset", account.administrator.pk.hex, ORIGIN, None)
    assert unknown == ("password_reset", unknown[1], ORIGIN, None)
    assert len(unknown[1]) == 32
    letters.send.func(*unknown[:3])
    assert outbox.outbox == []


@pytest.mark.parametrize("email", ["ann@acme.example", "nobody@acme.example"])
def test_letters_are_counted_for_the_name_from_wherever(account: Party, orders: list[Any], email: str) -> None:
    now = timezone.now()
    for number in range(5):
        accounts.order_password_reset(email, address=f"192.0.2.{number}", origin=ORIGIN, now=now)

    with pytest.raises(LimitReached) as reached:
        accounts.order_password_reset(email, address="192.0.2.9", origin=ORIGIN, now=now)

    assert len(orders) == 5
    assert timedelta(0) < reached.value.wait <= HOUR


def test_letters_are_counted_for_the_address_whatever_the_name(account: Party, orders: list[Any]) -> None:
    now = timezone.now()
    for number in range(30):
        accounts.order_password_reset(f"{number}@acme.example", address="192.0.2.1", origin=ORIGIN, now=now)

    with pytest.raises(LimitReached):
        accounts.order_password_reset("ann@acme.example", address="192.0.2.1", origin=ORIGIN, now=now)
    accounts.order_password_reset("ann@acme.example", address="192.0.2.2", origin=ORIGIN, now=now)


def test_what_could_not_be_sent_is_sent_later_a_few_times(
    account: Party, orders: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, ConnectionRefusedError())
    begun = timezone.now()

    letters.send.func(RESET.kind, account.administrator.pk.hex, ORIGIN)
    for _ in range(5):
        letters.send.func(*orders[-1][:4])

    waits = [round((order[-1] - begun).total_seconds()) for order in orders]
    assert waits == pytest.approx([15, 60, 240, 960, 3840], abs=5)
    assert {order[1] for order in orders} == {account.administrator.pk.hex}


def test_what_the_mail_server_will_never_take_is_not_tried_again(
    account: Party, orders: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, smtplib.SMTPRecipientsRefused({"ann@acme.example": (550, b"no")}))

    letters.send.func(RESET.kind, account.administrator.pk.hex, ORIGIN)

    assert orders == []


def test_the_old_password_is_good_until_another_is_set(account: Party) -> None:
    link_of(RESET, account.administrator)

    account.administrator.refresh_from_db()
    assert account.administrator.check_password(PASSWORD)
