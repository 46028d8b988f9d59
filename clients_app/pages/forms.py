"""Forms of the pages about people."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from clients_app import limits, lockouts
from clients_app.callers import address_of
from clients_app.models import User
from clients_app.models.user import Role

LOCKED_OUT = (
    "Too many wrong passwords came from your address: this name is locked out there for {} more minutes. Wait for so "
    "long, or set a new password by a letter (Forgot your password?)."
)


class SignInForm(AuthenticationForm):
    """E-mail address and password; after too many wrong ones it has to wait."""

    error_messages = {"invalid_login": "The e-mail address or the password is wrong.", "inactive": "Switched off."}

    def clean(self) -> dict[str, Any]:
        email, now = User.objects.normalize_email(self.cleaned_data.get("username")), timezone.now()
        address = address_of(self.request) if self.request else None
        try:
            with (
                limits.wrong_credentials(email, address=address, now=now),
                lockouts.refused_when_locked(email, address=address, now=now),
            ):
                return super().clean()
        except lockouts.LockedOut as error:
            raise ValidationError(LOCKED_OUT.format(error.minutes)) from None
        except limits.LimitReached as error:
            seconds = int(error.wait.total_seconds()) + 1
            raise ValidationError(f"That was wrong too often: try again in {seconds} seconds.") from None


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

    def __init__(self, user: User, address: str | None, *args: Any) -> None:
        super().__init__(*args)
        self._user, self._address = user, address

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        try:
            with limits.wrong_credentials(self._user.email, address=self._address, now=timezone.now()):
                if not self._user.check_password(password):
                    raise ValidationError("The password is wrong.")
        except limits.LimitReached as error:
            seconds = int(error.wait.total_seconds()) + 1
            raise ValidationError(f"That was wrong too often: try again in {seconds} seconds.") from None
        return password


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class InvitationForm(RoleForm):
    email = forms.EmailField(label="E-mail", max_length=254, help_text="A letter with a link goes there.")

    field_order = ("email", "role")
