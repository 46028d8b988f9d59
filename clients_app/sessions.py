"""
Sessions: what is stored of one can't be used in place of its cookie; it ends some time after the last page that
somebody asked for, and some time after the sign-in. Whose it is stands beside it, so that they can see and end it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, logout
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from clients_app import secrets
from clients_app.callers import address_of
from clients_app.models import Session, User

BEGUN, USED, ADDRESS, BROWSER = "begun at", "used at", "address", "browser"  # their names in the session
USE_NOTED: Final = timedelta(minutes=5)  # what is used all the time is not written down more often than this

LONGEST_BROWSER: Final = 200  # characters of a User-Agent
KEY_LENGTH: Final = 40  # characters that Django's table holds: 160 bits of the digest


class SessionStore(db.SessionStore):
    """SESSION_ENGINE: Django's own in the database, in our table, with the digest of the key in place of the key."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        key = self.session_key
        live = self.model.objects.filter(session_key=_stored(key), expire_date__gt=timezone.now()) if key else None
        found = live.first() if live else None
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(_stored(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        row.session_key = _stored(row.session_key)
        row.user_id = data.get(SESSION_KEY)
        row.begun_at, row.used_at = (_moment(data.get(name)) for name in (BEGUN, USED))
        row.address, row.browser = data.get(ADDRESS), data.get(BROWSER, "")
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            super().delete(_stored(key))


def _stored(key: str) -> str:
    return secrets.digest(key)[:KEY_LENGTH]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def begin(request: HttpRequest) -> None:
    """Somebody has signed in: written with the sign-in, so that the first page has nothing to write."""
    request.session[BEGUN] = request.session[USED] = timezone.now().isoformat()
    request.session[ADDRESS] = address_of(request)
    request.session[BROWSER] = request.headers.get("User-Agent", "").replace("\x00", "")[:LONGEST_BROWSER]


def stored_key(request: HttpRequest) -> str:
    """By which the table knows the session that this call came with."""
    return _stored(request.session.session_key or "")


def live_of(user: User) -> list[Session]:
    """Those that the user is signed in with; what was used last comes first."""
    now, proof = timezone.now(), user.get_session_auth_hash()
    found = user.sessions.filter(
        expire_date__gt=now, begun_at__gte=now - settings.SESSION_LIFETIME, used_at__gte=now - settings.SESSION_IDLE
    )
    # One from before the password or SECRET_KEY was changed is still there, and good for nothing.
    proofs = {row: row.get_decoded().get(HASH_SESSION_KEY, "") for row in found.order_by("-used_at")}
    return [row for row, shown in proofs.items() if constant_time_compare(shown, proof)]


def end_in_time(answer: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, before the one that finds out who has signed in. Calls of the API, without a cookie, cost nothing."""

    def checked(request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            _end_or_note(request, timezone.now())
        return answer(request)

    return checked


def _end_or_note(request: HttpRequest, now: datetime) -> None:
    session = request.session
    begun = datetime.fromisoformat(session.setdefault(BEGUN, now.isoformat()))
    used = datetime.fromisoformat(session.setdefault(USED, now.isoformat()))
    if now - begun > settings.SESSION_LIFETIME or now - used > settings.SESSION_IDLE:
        logout(request)
    # A part of a page that updates itself says nothing of whether somebody is there.
    elif now - used > USE_NOTED and "HX-Request" not in request.headers:
        session[USED] = now.isoformat()
