"""Sessions end some time after the last page that somebody asked for, and some time after the sign-in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

BEGUN, USED = "begun at", "used at"  # their names in the session
USE_NOTED: Final = timedelta(minutes=5)  # what is used all the time is not written down more often than this


def begin(request: HttpRequest) -> None:
    """Somebody has signed in: written with the sign-in, so that the first page has nothing to write."""
    request.session[BEGUN] = request.session[USED] = timezone.now().isoformat()


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
