"""Request to caller: who calls the API, by bearer token or by a user's e-mail and password."""

import base64
import binascii
import logging

from django.conf import settings
from django.contrib.auth import authenticate
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from structlog.contextvars import bind_contextvars

from clients_app import bearers, clients, limits, lockouts, second_factors
from clients_app.callers import Caller, address_of
from clients_app.models import Client, User

log = logging.getLogger(__name__)

BAD_TOKEN = "The access token is unknown, expired or revoked: get a new one from /Token."  # noqa: S105
BAD_PASSWORD = "The e-mail address or the password is wrong."  # noqa: S105
TWO_FACTORS = "Whoever has a second factor can't use a password here: send a token of a client instead (see /Token)."


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`: one query finds client, user and account."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        scheme, credentials = _authorization(request)
        if scheme != b"bearer":
            return None
        bearer = bearers.find(credentials.decode("latin-1"))
        if bearer is None:
            raise AuthenticationFailed(BAD_TOKEN)
        client, at = bearer
        bind_contextvars(account=client.account_id, client=client.pk, user=client.user_id)
        clients.note_use(client, now=at)
        return client.user, Caller(user=client.user, client=client, address=address_of(request), at=at)


class BasicAuthentication(BaseAuthentication):
    """`Authorization: Basic …` for people at a command line: throttled, and switched off by BASIC_AUTHENTICATION."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        scheme, credentials = _authorization(request)
        if scheme != b"basic" or not settings.BASIC_AUTHENTICATION:
            return None
        email, password = _name_and_password(credentials)
        address, now = address_of(request), timezone.now()
        try:
            with (
                limits.wrong_credentials(User.objects.normalize_email(email), address=address, now=now),
                lockouts.refused_when_locked(email, address=address, now=now),
            ):
                user = authenticate(request._request, username=email, password=password)
                if not isinstance(user, User):
                    raise AuthenticationFailed(BAD_PASSWORD)
        except limits.LimitReached as error:
            raise Throttled(wait=error.wait.total_seconds()) from None
        if second_factors.is_on(user):
            raise AuthenticationFailed(TWO_FACTORS)
        bind_contextvars(account=user.account_id, user=user.pk)
        log.info("signed in for one call")
        return user, Caller(user=user, client=_client_of(user), address=address)


def _authorization(request: Request) -> tuple[bytes, bytes]:
    scheme, _, credentials = get_authorization_header(request).strip().partition(b" ")
    return scheme.lower(), credentials.strip()


def _name_and_password(credentials: bytes) -> tuple[str, str]:
    try:
        email, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise AuthenticationFailed(BAD_PASSWORD) from None
    if "\x00" in email + password:
        raise AuthenticationFailed(BAD_PASSWORD)
    return email, password


def _client_of(user: User) -> Client | None:
    """The client that such a caller acts through: the oldest enabled one of the user, else of the account."""
    if user.account is None:
        return None
    enabled = Client.objects.enabled().for_account(user.account)
    return enabled.filter(user=user).first() or enabled.first()
