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
from clients_app.callers import Caller, address_of
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
        bare = _bare(request) if request else None
        super().user_login_failed(sender, credentials, bare, **rest)
        if bare and (getattr(bare, "axes_failures_since_start", None) or 0) >= settings.AXES_FAILURE_LIMIT:
            address = address_of(bare)
            _record("locked out", name_of(bare, credentials), address, "begun", Caller(name="sign-in", address=address))


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
            raise LockedOut(wait, settings.AXES_COOLOFF_TIME)
    yield
    if failures:
        forget(name, address=address)


def forget(name: str, *, address: str | None) -> None:
    """Whoever has shown who they are starts at nothing again."""
    _failures(name, address).delete()


def undo(attempt: AccessAttempt, *, by: Caller) -> None:
    """An operator lets the name in at that address again."""
    with transaction.atomic():
        _record("lock-out undone", attempt.username, attempt.ip_address, "undone", by)
        forget(attempt.username, address=attempt.ip_address)


def _record(action: str, name: str, address: str | None, what: str, by: Caller) -> None:
    """The entry is the user's, if the name is one."""
    user = User.objects.filter(email=name).select_related("account").first()
    if user:
        after = {"locked out at": address, "lock-out": what}
        audit.record(action, user, by=by, account=user.account, before={}, after=after)


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
