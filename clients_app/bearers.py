"""Bearers: whose access token it is. Asked with each call of the API, in one statement."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet
from django.db.models.functions import Now

from clients_app import rows, secrets
from clients_app.models import AccessToken, Account, Client, User
from clients_app.prepared import Prepared

# What a call usually wants to know; anything else is fetched when it is asked for.
CLIENT: Final = ("id", "account_id", "user_id", "name", "last_used_at", "revoked_at")
USER: Final = ("id", "email", "account_id", "role", "is_active", "is_staff")
ACCOUNT: Final = ("id", "name", "time_zone", "is_enabled")


class Bearer(NamedTuple):
    """client: with its user and its account. at: the moment, by the database's clock, with which it was found."""

    client: Client
    at: datetime


def find(token: str) -> Bearer | None:
    """None if the token is unknown or expired, or its client revoked."""
    found = _LIVE.first(secrets.digest(token))
    return None if found is None else of_columns(found)


def of_columns(found: tuple[Any, ...]) -> Bearer:
    """Of a row that has `COLUMNS`."""
    return Bearer(client_of(found[1:]), found[0])


def client_of(rest: tuple[Any, ...]) -> Client:
    """Of a row that has `FACTS`: the client with its user and its account."""
    of_client, of_user, of_account = rest[: len(CLIENT)], rest[len(CLIENT) : -len(ACCOUNT)], rest[-len(ACCOUNT) :]
    client: Client = rows.stored(Client, CLIENT, of_client)
    user: User = rows.stored(User, USER, of_user)
    account: Account = rows.stored(Account, ACCOUNT, of_account)
    client._state.fields_cache.update(user=user, account=account)
    if user.account_id == account.pk:
        user._state.fields_cache["account"] = account
    return client


FACTS: Final = (
    *(f"client__{name}" for name in CLIENT),
    *(f"client__user__{name}" for name in USER),
    *(f"client__account__{name}" for name in ACCOUNT),
)
COLUMNS: Final[tuple[Any, ...]] = (Now(), *FACTS)


def _live(digest: str) -> QuerySet[AccessToken, tuple[Any, ...]]:
    return AccessToken.objects.live().filter(digest=digest).values_list(*COLUMNS)


DIGEST: Final = AccessToken._meta.get_field("digest")
_LIVE: Final = Prepared(_live, fields=(DIGEST,), stand_ins=("a digest",))
