"""Forms of the pages about people."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from clients_app import limits, lockouts
from clients_app.callers import address_of
from clients_app.models import User
from clients_app.models.user import Role

log = logging.getLogger(__name__)

LOCKED_OUT = (
    "Too many wrong passwords came from your address: this name is locked out there for {}. Wait for so "
    "long, or set a new password by a letter (Forgot your password?)."
)
TOO_OFTEN = "That was wrong too often: try again in {}."


class SignInForm(AuthenticationForm):
    """E-mail address and password; after too many wrong ones it has to wait."""

    error_messages = {"invalid_login": "The e-mail address or the password is wrong.", "inactive": "Switched off."}

    def clean(self) -> dict[str, Any]:
        with _counted(self.request, User.objects.normalize_email(self.cleaned_data.get("username"))):
            return super().clean()


class OperatorSignInForm(SignInForm, AdminAuthenticationForm):
    """The same for the admin site, which lets operators in alone."""


class ForgottenForm(forms.Form):
    email = forms.EmailField(label="E-mail", max_length=254, widget=forms.EmailInput({"autocomplete": "email"}))


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=50,
        help_text="Six digits from your app.",
        widget=forms.TextInput({"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}),
    )


class PasswordForm(forms.Form):
    """One's own password once more, before something that a stranger at an open screen must not do."""

    password = forms.CharField(strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}))

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(*args)
        self._request = request

    def clean_password(self) -> str:
        return _own_password(self._request, self.cleaned_data["password"])


class ConfirmForm(CodeForm, PasswordForm):
    """A code, and the password: whoever finds an open screen must neither lock its owner out nor let others in."""

    field_order = ("code", "password")


class ChangeForm(PasswordChangeForm):
    """The same before another password takes its place."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(cast(User, request.user), *args)
        self._request = request

    def clean_old_password(self) -> str:
        return _own_password(self._request, self.cleaned_data["old_password"])


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class InvitationForm(RoleForm):
    email = forms.EmailField(label="E-mail", max_length=254, help_text="A letter with a link goes there.")

    field_order = ("email", "role")


def _own_password(request: HttpRequest, password: str) -> str:
    """The password of whoever has signed in; another one raises ValidationError and counts as one at the sign-in."""
    email = cast(User, request.user).email
    with _counted(request, email):
        if authenticate(request, username=email, password=password) is None:
            raise ValidationError("The password is wrong.")
    return password


@contextmanager
def _counted(request: HttpRequest | None, name: str) -> Iterator[None]:
    """Around a check of that name's password by `authenticate`. Raises ValidationError after too many wrong ones."""
    address, now = address_of(request) if request else None, timezone.now()
    try:
        with (
            limits.wrong_credentials(name, address=address, now=now),
            lockouts.refused_when_locked(name, address=address, now=now),
        ):
            yield
    except lockouts.LockedOut as error:
        log.warning("a password is not even looked at: locked out")
        raise ValidationError(LOCKED_OUT.format(error.minutes)) from None
    except limits.LimitReached as error:
        log.warning("a password is not even looked at: too many wrong ones")
        raise ValidationError(TOO_OFTEN.format(_in_words(error))) from None


def _in_words(error: limits.LimitReached) -> str:
    """A limit of the minute, or one of the hour, which a letter helps out of."""
    if error.window == limits.MINUTE:
        return f"{int(error.wait.total_seconds()) + 1} seconds"
    return f"{error.minutes}, or set a new password by a letter (Forgot your password?)"
