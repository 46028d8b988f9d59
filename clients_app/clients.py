"""Clients: register, change, rotate and revoke one, give it an access token. The only writers of clients and tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clients_app import audit, recent_secrets, secrets
from clients_app.callers import Caller
from clients_app.exceptions import WrongCredentials
from clients_app.models import AccessToken, Account, Client, User

SHORTEST_SECRET = 8  # characters
LONGEST_SECRET = 50
LONGEST_NAME = 18
USE_NOTED = timedelta(minutes=5)  # a client that calls all the time is not written down more often than this
SECRETS = ("secret_hash", "previous_secret_hash", "previous_secret_until")
REPLACED = {"secret": "replaced"}  # all that the audit trail says of it


@dataclass(frozen=True)
class NewClient:
    client: Client
    secret: str
    """Shown once: what is stored went through the password hasher."""


def check_name(name: str) -> None:
    """Raises ValidationError under name."""
    if not name.strip() or len(name) > LONGEST_NAME:
        raise ValidationError({"name": f"must have 1 to {LONGEST_NAME} characters, not blanks alone"})


def check_secret(secret: str) -> None:
    """Raises ValidationError under secret. Callers may choose it, which is why it goes through a password hasher."""
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
        raise ValidationError({"secret": f"must have {SHORTEST_SECRET} to {LONGEST_SECRET} characters"})


def register(*, account: Account, user_id: UUID, name: str, secret: str | None = None, by: Caller) -> NewClient:
    """
    A client that calls on behalf of that user of the account; without `secret` it gets one of 256 random bits.

    Raises ValidationError with field names. A user of another account is refused like one that does not exist.
    """
    secret = secret or secrets.new_client_secret()
    check_name(name)
    check_secret(secret)
    user = _user(account, user_id)
    client = Client(account=account, user=user, name=name, secret_hash=make_password(secret))
    with transaction.atomic():
        client.save(force_insert=True)
        audit.record("client registered", client, by=by, account=account)
    return NewClient(client, secret)


def change(client: Client, *, user_id: UUID, name: str, secret: str | None = None, by: Caller) -> Client:
    """
    The client as it is to be from now on. A new secret ends those before it, and all tokens, at once; without one the
    secret stays as it is.

    Raises ValidationError like `register`, and Client.DoesNotExist if it was revoked meanwhile.
    """
    check_name(name)
    if secret is not None:
        check_secret(secret)
    user = _user(client.account, user_id)
    with transaction.atomic():
        client = Client.objects.enabled().select_for_update().get(pk=client.pk)
        before = audit.facts_of(client)
        client.name, client.user = name, user
        if secret is not None:
            _set_secret(client, secret)
            client.access_tokens.all().delete()
            audit.record("client's secret changed", client, by=by, account=client.account, before={}, after=REPLACED)
        client.save(update_fields=["name", "user", *SECRETS])
        audit.record("client changed", client, by=by, account=client.account, before=before)
    return client


def rotate(client: Client, *, by: Caller, now: datetime) -> NewClient:
    """
    A fresh secret of 256 random bits. The one before stays good for CLIENT_SECRET_OVERLAP, so that there is time to
    change over; one that was still waiting for that is gone. Raises Client.DoesNotExist if it was revoked meanwhile.
    """
    fresh = secrets.new_client_secret()
    with transaction.atomic():
        client = Client.objects.enabled().select_for_update().get(pk=client.pk)
        previous = client.secret_hash
        _set_secret(client, fresh)
        client.previous_secret_hash = previous
        client.previous_secret_until = now + settings.CLIENT_SECRET_OVERLAP
        client.save(update_fields=SECRETS)
        audit.record("client's secret rotated", client, by=by, account=client.account, before={}, after=REPLACED)
    return NewClient(client, fresh)


def revoke(client: Client, *, by: Caller, now: datetime) -> None:
    """The client and all of its tokens are refused from now on; what it registered stays. Twice does nothing."""
    with transaction.atomic():
        client = Client.objects.select_for_update().get(pk=client.pk)
        if client.revoked_at:
            return
        before = audit.facts_of(client)
        client.revoked_at = now
        client.save(update_fields=["revoked_at"])
        client.access_tokens.all().delete()
        audit.record("client revoked", client, by=by, account=client.account, before=before)


def identify(client_id: UUID, secrets_offered: set[str]) -> Client:
    """
    The enabled client of that ID, if one of the offered secrets is its own.

    Raises WrongCredentials. An unknown ID costs the same work as a wrong secret, so that time tells nothing about it.
    """
    client = Client.objects.enabled().select_related("account", "user").filter(pk=client_id).first()
    stored = [client.secret_hash] if client else [_nobodys_hash()]
    if client and client.previous_secret_until and client.previous_secret_until > timezone.now():
        stored.append(client.previous_secret_hash)
    if not recent_secrets.is_right(secrets_offered, stored) or client is None:
        raise WrongCredentials
    return client


def note_use(client: Client, *, now: datetime) -> None:
    """
    Write down that the client is in use, unless that was written a moment ago. client: as it was just read; of several
    calls that come at once one writes.
    """
    if client.last_used_at is None or client.last_used_at <= now - USE_NOTED:
        noted_before = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_NOTED)
        Client.objects.filter(noted_before, pk=client.pk).update(last_used_at=now)


def save_access_token(client: Client, token: str, *, now: datetime) -> None:
    """Keep the token's digest; the client's expired tokens are cleared away on the occasion."""
    client.access_tokens.expired().delete()
    AccessToken.objects.create(
        client=client, digest=secrets.digest(token), expires_at=now + settings.ACCESS_TOKEN_LIFETIME
    )
    note_use(client, now=now)


def _user(account: Account, user_id: UUID) -> User:
    user = User.objects.filter(pk=user_id, account=account, is_active=True).first()
    if user is None:
        raise ValidationError({"user_id": "must be the ID of an active user of the account"})
    return user


def _set_secret(client: Client, secret: str) -> None:
    client.secret_hash = make_password(secret)
    client.previous_secret_hash, client.previous_secret_until = "", None


@cache
def _nobodys_hash() -> str:
    return make_password(secrets.new_client_secret())
