"""
Lock-outs: after many wrong passwords one name at one address has to wait for a while, so that nobody can lock out
somebody else. django-axes counts them in its table; here is what it keeps of a sign-in, and what doors ask of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from clients_app import audit
from clients_app.callers import Caller
from clients_app.limits import LimitReached
from clients_app.models import User

LONGEST_NAME = 255  # characters that the table holds
HEADERS = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR")  # what an address is found by


class LockedOut(LimitReached):
    """Too many wrong passwords for this name from this address."""


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """
    Keeps name, address, number and moment of what went wrong, and nothing that was sent: a form may hold secrets. It
    does not mark the request either, which would replace the door's own answer.
    """

    def user_login_failed(self, sender: Any, credentials: Any, request: HttpRequest | None = None, **rest: Any) -> None:
        super().user_login_failed(sender, credentials, _bare(request) if request else None, **rest)


def name_of(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """AXES_USERNAME_CALLABLE: the same for all spellings of an e-mail address."""
    return _stored((credentials or {}).get("username"))


def as_answered(request: HttpRequest, response: HttpResponse, credentials: Any) -> HttpResponse:
    """AXES_LOCKOUT_CALLABLE: what the door has answered stays."""
    return response


@contextmanager
def refused_when_locked(name: str, *, address: str | None, now: datetime) -> Iterator[None]:
    """
    Around the check of a password, which `authenticate` makes: it counts the wrong ones. If the check does not raise,
    those before are forgotten. Raises LockedOut.
    """
    failures = _failures(name, address).order_by("-failures_since_start").first()
    if failures and failures.failures_since_start >= settings.AXES_FAILURE_LIMIT:
        wait = failures.attempt_time + settings.AXES_COOLOFF_TIME - now
        if wait.total_seconds() > 0:
            raise LockedOut(wait)
    yield
    if failures:
        forget(name, address=address)


def forget(name: str, *, address: str | None) -> None:
    """Whoever has shown who they are starts at nothing again."""
    _failures(name, address).delete()


def undo(attempt: AccessAttempt, *, by: Caller) -> None:
    """An operator lets the name in at that address again. The entry is the user's, if the name is one."""
    with transaction.atomic():
        user = User.objects.filter(email=attempt.username).select_related("account").first()
        if user:
            after = {"locked out at": attempt.ip_address, "lock-out": "undone"}
            audit.record("lock-out undone", user, by=by, account=user.account, before={}, after=after)
        forget(attempt.username, address=attempt.ip_address)


def _failures(name: str, address: str | None) -> QuerySet[Any]:
    failures: QuerySet[Any] = AccessAttempt.objects.filter(username=_stored(name), ip_address=address)
    return failures


def _stored(name: Any) -> str:
    return User.objects.normalize_email(name if isinstance(name, str) else "").replace("\x00", "")[:LONGEST_NAME]


def _bare(request: HttpRequest) -> HttpRequest:
    bare = HttpRequest()
    bare.META = {name: request.META[name] for name in HEADERS if name in request.META}
    bare.axes_locked_out = getattr(request, "axes_locked_out", False)  # type: ignore[attr-defined]
    AxesProxyHandler.update_request(bare)
    return bare
