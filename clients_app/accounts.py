"""Accounts and their users: the only writers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from clients_app import audit, letters, limits, links, lockouts, secrets
from clients_app.callers import Caller
from clients_app.exceptions import LastAdministrator, LinkOver, NotInvited, OwnSessions, OwnUser, TooManyLetters
from clients_app.links import Link
from clients_app.models import Account, User
from clients_app.models.keys import new_key
from clients_app.models.user import Role

MOST_RESETS_OF_NAME, MOST_RESETS_AT_ADDRESS = 5, 30  # letters that may be asked for in an hour
MOST_INVITATIONS = 50  # of an account in an hour
HAS_LOGIN = "This address can't be invited: use another one, or ask the operator of the service."


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
    which is why `tasks_app.rescheduling.change_account` calls this.
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


def invite_user(*, account: Account, email: str, role: Role, by: Caller, origin: str, now: datetime) -> User:
    """
    A user without a password, and a letter with the link to choose one. origin: see `letters.order`.

    Raises ValidationError with field names, in the same words for an operator and for a user of another account; and
    TooManyLetters.
    """
    user = User(email=email, account=account, role=role)
    user.set_unusable_password()
    user.clean()
    known = User.objects.filter(email=user.email).first()
    if known:
        is_own = known.account_id == account.pk
        raise ValidationError({"email": "This is a user of the account already." if is_own else HAS_LOGIN})
    user.full_clean()
    _count_invitation(account, now)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            audit.record("user invited", user, by=by, account=account)
            letters.order(links.INVITATION, user.pk, origin=origin)
    except IntegrityError:  # somebody else has made that user at the same instant
        raise ValidationError({"email": HAS_LOGIN}) from None
    return user


def invite_again(user: User, *, by: Caller, origin: str, now: datetime) -> None:
    """Another letter with a link; those before stay good for their time. Raises NotInvited and TooManyLetters."""
    if user.account is None or not links.INVITATION.is_for(user):
        raise NotInvited
    _count_invitation(user.account, now)
    with transaction.atomic():
        audit.record("invitation sent again", user, by=by, account=user.account, before={}, after={"email": user.email})
        letters.order(links.INVITATION, user.pk, origin=origin)


def change_role(user: User, role: Role, *, by: Caller) -> None:
    """Raises OwnUser and LastAdministrator, and User.DoesNotExist if it is not one of an account."""
    with transaction.atomic():
        user = _locked(user, by)
        before = audit.facts_of(user)
        user.role = role
        _save_member(user, "role changed", before, by)


def set_active(user: User, is_active: bool, *, by: Caller) -> None:
    """
    Switched off, a user can't sign in, and the user's clients are refused; nothing is deleted. Sessions end.

    Raises OwnUser and LastAdministrator, and User.DoesNotExist if it is not one of an account.
    """
    with transaction.atomic():
        user = _locked(user, by)
        before = audit.facts_of(user)
        user.is_active = is_active
        if not is_active:
            user.sessions.all().delete()
        _save_member(user, "user switched on" if is_active else "user switched off", before, by)


def end_sessions(user: User, *, by: Caller, only: str = "", but: str = "") -> int:
    """
    Sign the user out: everywhere, of the session with that key alone, or of all but that one. How many ended.

    Raises OwnSessions: nobody ends what they are working with.
    """
    if by.user == user and not (only or but):
        raise OwnSessions
    with transaction.atomic():
        found = user.sessions.filter(pk=only) if only else user.sessions.exclude(pk=but)
        ended, _ = found.delete()
        if ended:
            after = {"sessions": f"{ended} ended"}
            audit.record("sessions ended", user, by=by, account=user.account, before={}, after=after)
    return ended


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
    budget = limits.count_all(most, window=limits.HOUR, now=now)
    if budget.left < 0:
        raise limits.LimitReached(budget.wait, limits.HOUR)
    user = User.objects.filter(email=email).first()
    letters.order(links.RESET, user.pk if user else new_key(), origin=origin)


def set_password_by_link(link: Link, user_id: UUID, token: str, password: str, *, address: str | None) -> None:
    """
    The password that whoever holds the link has chosen; the link is used up, all sessions of the user end,
    and so does a lock-out at that address, which is known for the user's name from now on.

    Raises LinkOver, and ValidationError like `change_password`.
    """
    with transaction.atomic():
        User.objects.select_for_update().filter(pk=user_id).first()  # of two at once the second finds it used up
        user = link.holder(user_id, token)
        if user is None:
            raise LinkOver
        change_password(user, password, by=Caller(user=user, address=address))
        lockouts.forget(user.email, address=address)
        limits.remember(user.email, address=address, now=timezone.now())


def _locked(user: User, by: Caller) -> User:
    """The user as it is now. Changes of an account wait for each other: two could take the last administrators away."""
    if by.user is not None and by.user.pk == user.pk:
        raise OwnUser
    Account.objects.select_for_update(of=("self",)).filter(users=user.pk).first()
    return User.objects.select_related("account").get(pk=user.pk, account__isnull=False)


def _save_member(user: User, action: str, before: audit.Facts, by: Caller) -> None:
    user.save(update_fields=["role", "is_active"])
    if not User.objects.who_administer(user.account).exists():
        raise LastAdministrator
    audit.record(action, user, by=by, account=user.account, before=before)


def _count_invitation(account: Account, now: datetime) -> None:
    try:
        limits.count(f"invitations of {account.pk}", most=MOST_INVITATIONS, window=limits.HOUR, now=now)
    except limits.LimitReached:
        raise TooManyLetters from None


def _set_password(user: User, password: str) -> None:
    if not password:
        raise ValidationError({"password": "must not be empty"})
    user.set_password(password)
