"""
Links of letters: whoever opens one has got the letter, and may set a password. Nothing of them is stored. What they
sign changes with the password and with each sign-in, so that a link works once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.http import base36_to_int

from clients_app.models import User


class _Tokens(PasswordResetTokenGenerator):
    """Django's, with a lifetime of its own; PASSWORD_RESET_TIMEOUT is the longest of them."""

    def __init__(self, name: str, lifetime: timedelta) -> None:
        super().__init__()
        self.key_salt = f"{__name__} {name}"
        self.lifetime = lifetime

    def check_token(self, user: User | None, token: str | None) -> bool:
        return super().check_token(user, token) and self._age_of(token or "") <= self.lifetime

    def _age_of(self, token: str) -> timedelta:
        made_at = datetime(2001, 1, 1) + timedelta(seconds=base36_to_int(token.split("-")[0]))  # noqa: DTZ001 (Django's)
        return self._now() - made_at


@dataclass(frozen=True)
class Link:
    """kind: also the name of the letter's templates. page: name of its address. is_first: sets the first password."""

    kind: str
    page: str
    lifetime: timedelta
    is_first: bool

    def address(self, user: User) -> str:
        """The path of a fresh link."""
        return reverse(self.page, args=[user.pk, self._tokens.make_token(user)])

    def holder(self, user_id: UUID, token: str) -> User | None:
        """Who may set a password by it; None if it is wrong, too old or used up, or not for that user any more."""
        user = User.objects.filter(pk=user_id).select_related("account").first()
        return user if user and self.is_for(user) and self._tokens.check_token(user, token) else None

    def is_for(self, user: User) -> bool:
        """Whoever has no password yet needs an invitation, whoever has one can reset it; nobody who is switched off."""
        return user.is_active and user.has_usable_password() != self.is_first

    @property
    def hours(self) -> int:
        return round(self.lifetime.total_seconds()) // 3600

    @property
    def _tokens(self) -> _Tokens:
        return _Tokens(self.kind, self.lifetime)


RESET: Final = Link("password_reset", "password-reset-link", timedelta(days=1), is_first=False)
INVITATION: Final = Link("invitation", "invitation", timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT), is_first=True)
LINKS: Final = {link.kind: link for link in (RESET, INVITATION)}
