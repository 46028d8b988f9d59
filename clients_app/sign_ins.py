"""
What the log tells of people who sign in and out. It names a user by the ID; of a name that nobody has it keeps nothing,
since it may be a password that was typed into the wrong field.
"""

import logging
from typing import Any, Final

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from clients_app import sessions
from clients_app.models import User

log: Final = logging.getLogger(__name__)


@receiver(user_logged_in)
def signed_in(sender: Any, user: User, request: HttpRequest | None, **_: Any) -> None:
    if request:
        sessions.begin(request)
    log.info("signed in", extra={"user": user.pk})


@receiver(user_logged_out)
def signed_out(sender: Any, user: User | None, **_: Any) -> None:
    if user:
        log.info("signed out", extra={"user": user.pk})


@receiver(user_login_failed)
def refused(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    """Wrong, switched off or locked out. The same query for a name that nobody has, so that time tells nothing."""
    name = credentials.get("username")
    email = User.objects.normalize_email(name if isinstance(name, str) else "").replace("\x00", "")
    user = User.objects.filter(email=email).first()
    log.warning("wrong password, or locked out", extra={"user": user.pk if user else None})
