"""Caller: who asks for something, through which door and from where."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from clients_app.models import Account, Client, User


@dataclass(frozen=True)
class Caller:
    """
    user: None for a command of the command line, which `name` then names.
    client: the credential, None for a person. address: of the other side, where there is one.
    at: the moment of the call by the database's clock, where that is known already.
    """

    user: User | None = None
    client: Client | None = None
    address: str | None = None
    name: str = ""
    at: datetime | None = None

    @property
    def account(self) -> Account:
        """Raises LookupError for operators and commands, which have none."""
        if self.user is None or self.user.account is None:
            raise LookupError
        return self.user.account

    @property
    def id(self) -> UUID:
        """Whoever calls: the client, for a person without one the user. Raises LookupError for commands."""
        row = self.client or self.user
        if row is None:
            raise LookupError
        return row.pk

    @property
    def label(self) -> str:
        return self.user.email if self.user else self.name


def caller_of(request: Request) -> Caller:
    """Who makes this call of the API: authentication has found out, and permission has let it through."""
    return cast(Caller, request.auth)


def caller_signed_in(request: HttpRequest) -> Caller:
    """Whoever has signed in, at the pages or at the admin site; both ask for that first."""
    return Caller(user=cast(User, request.user), address=address_of(request))


def address_of(request: HttpRequest) -> str | None:
    """
    The address of the other side: what the outermost trusted proxy says (TRUSTED_PROXY_COUNT of them, each adding one
    address to X-Forwarded-For), without proxies that of the connection. None if it is no IP address.
    """
    chain = [request.META.get("REMOTE_ADDR", "")]
    if settings.TRUSTED_PROXY_COUNT:
        chain = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") + chain
    return _normal(chain[-min(settings.TRUSTED_PROXY_COUNT + 1, len(chain))].strip())


@lru_cache(maxsize=10_000)
def _normal(address: str) -> str | None:
    try:
        return str(ip_address(address))
    except ValueError:
        return None
