"""Passwords: words that make none here, since they are what somebody who knows the service tries first."""

import re
from typing import Any, Final

from django.core.exceptions import ValidationError

from clients_app.models import User

WORDS: Final = ("account", "accounts", "task", "tasks", "admin", "administrator", "operator", "reader", "password")
ENOUGH: Final = 8  # characters that are left when such words are taken out


class OwnWordsValidator:
    """Refuses what is little more than words of the service, and those of the user's account."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = password.lower()
        for word in sorted({*WORDS, *_words_of(user)}, key=len, reverse=True):
            rest = rest.replace(word, "")
        if len(rest) < min(ENOUGH, len(password)):
            raise ValidationError("This password is made of words that everybody here knows.", "own_words")

    def get_help_text(self) -> str:
        return "Your password can't be made of words of this service or of your account's name alone."


def _words_of(user: Any) -> list[str]:
    name = user.account.name if isinstance(user, User) and user.account else ""
    return [word for word in re.findall(r"\w+", name.lower()) if len(word) > 2]
