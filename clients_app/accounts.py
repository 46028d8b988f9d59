"""Accounts and their users: the only writers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from clients_app import audit, letters, limits, links, secrets
from clients_app.callers import Caller
from clients_app.exceptions import LinkOver
from clients_app.links import Link
from clients_app.models import Account, User
from clients_app.models.keys import new_key
from clients_app.models.user import Role

HOUR = timedelta(hours=1)
MOST_RESETS_OF_NAME, MOST_RESETS_AT_ADDRESS = 5, 30  # letters that may be asked for in an hour


@dataclass(frozen=True)
class NewAccount:
    account: Account
    signing_secret: str
    """Shown once: what is stored is encrypted."""


def create_account(*, name: str, time_zone: str, by: Caller) -> NewAccount:
    """An account without users, with a fresh signing secret. Raises ValidationError with field names."""
    signing_secret = secrets.new_signing_secret()
    account = Account(name=name, time_zone=time_zone, signing_secret=secrets.encrypt(signing_secret))
    account.full_clean()
    with transaction.atomic():
        account.save(force_insert=True)
        audit.record("account created", account, by=by, account=account)
    return NewAccount(account, signing_secret)


def change_account(account: Account, *, name: str, time_zone: str, by: Caller) -> Account:
    """
    The account as it is to be from now on. Raises ValidationError with field names. A new time zone moves next runs,
    which is why `tasks_app.registration.change_account` calls this.
    """
    with transaction.atomic():
        # Not its key: others, who hold rows that this waits for next, may refer to the account meanwhile.
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        before = audit.facts_of(account)
        account.name, account.time_zone = name, time_zone
        account.full_clean()
        account.save(update_fields=["name", "time_zone"])
        audit.record("account changed", account, by=by, account=account, before=before)
    return account


def set_enabled(account: Account, is_enabled: bool, *, by: Caller) -> Account:
    """
    Switch the account on or off. While it is off all calls and pages are refused, and slots that come due are skipped.
    Nothing happens if it is so already.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        before = audit.facts_of(account)
        account.is_enabled = is_enabled
        account.save(update_fields=["is_enabled"])
        action = "account switched on" if is_enabled else "account switched off"
        audit.record(action, account, by=by, account=account, before=before)
    return account


def rotate_signing_secret(account: Account, *, by: Caller) -> str:
    """
    A fresh signing secret, shown once. The one before signs too until `retire_signing_secret`, so that receivers have
    the time to change over; one that was still waiting for that is gone.
    """
    fresh = secrets.new_signing_secret()
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account.pk)
        account.previous_signing_secret, account.signing_secret = account.signing_secret, secrets.encrypt(fresh)
        account.save(update_fields=["previous_signing_secret", "signing_secret"])
        audit.record("signing secret rotated", account, by=by, account=account, before={}, after={"signing": "rotated"})
    return fresh


def retire_signing_secret(account: Account, *, by: Caller) -> None:
    """From now on the account's current signing secret alone signs. Without a previous one it does nothing."""
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account.pk)
        if not account.previous_signing_secret:
            return
        account.previous_signing_secret = ""
        account.save(update_fields=["previous_signing_secret"])
        audit.record("signing secret retired", account, by=by, account=account, before={}, after={"signing": "retired"})


def add_user(
    *, account: Account | None, email: str, password: str, role: Role = Role.ADMINISTRATOR, by: Caller
) -> User:
    """
    A user of the account; without one an operator of the service.

    Raises ValidationError with field names: the address is taken or none at all, the password is empty.
    """
    is_operator = account is None
    user = User(email=email, account=account, role=role, is_staff=is_operator, is_superuser=is_operator)
    _set_password(user, password)
    user.full_clean()
    with transaction.atomic():
        user.save(force_insert=True)
        audit.record("user created", user, by=by, account=account)
    return user


def change_password(user: User, password: str, *, by: Caller) -> None:
    """Raises ValidationError under password if it is empty. The entry tells that it changed, and nothing more."""
    _set_password(user, password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        record_password_change(user, by=by)


def record_password_change(user: User, *, by: Caller) -> None:
    """For a form of Django's that has set the password already, in the same transaction."""
    audit.record("password changed", user, by=by, account=user.account, before={}, after={"password": "changed"})


def order_password_reset(email: str, *, address: str | None, origin: str, now: datetime) -> None:
    """
    A letter with a link to whoever has that e-mail address; for nobody's it does the same work.

    Raises LimitReached, whether somebody has the address or not.
    """
    email = User.objects.normalize_email(email)
    most = {
        f"password resets at {address}": MOST_RESETS_AT_ADDRESS,
        f"password resets of {email[:100]}": MOST_RESETS_OF_NAME,
    }
    budget = limits.count_all(most, window=HOUR, now=now)
    if budget.left < 0:
        raise limits.LimitReached(budget.wait)
    user = User.objects.filter(email=email).first()
    letters.order(links.RESET, user.pk if user else new_key(), origin=origin)


def set_password_by_link(link: Link, user_id: UUID, token: str, password: str, *, address: str | None) -> None:
    """
    The password that whoever holds the link has chosen; the link is used up, and all sessions of the user end.

    Raises LinkOver, and ValidationError like `change_password`.
    """
    with transaction.atomic():
        User.objects.select_for_update().filter(pk=user_id).first()  # of two at once the second finds it used up
        user = link.holder(user_id, token)
        if user is None:
            raise LinkOver
        change_password(user, password, by=Caller(user=user, address=address))


def _set_password(user: User, password: str) -> None:
    if not password:
        raise ValidationError({"password": "must not be empty"})
    user.set_password(password)
