"""Forms about clients."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from clients_app import clients
from clients_app.documents import UNFIT
from clients_app.models import Account, User


class ClientForm(forms.Form):
    """A client as it is to be. Whatever `clients` refuses besides stands at its field."""

    name = forms.CharField(
        max_length=clients.LONGEST_NAME, help_text=f"What people call it, at most {clients.LONGEST_NAME} characters."
    )
    user_id = forms.TypedChoiceField(
        label="User",
        help_text="It calls on this user's behalf, and may do what the user may. The user hears of its runs.",
    )

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        users = User.objects.filter(account=account, is_active=True).values_list("pk", "email")
        field = self.fields["user_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared above)
        field.choices = [(str(key), email) for key, email in users]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if UNFIT.search(name):
            raise ValidationError("Use letters, figures and signs.")
        return name


class NewClientForm(ClientForm):
    """key: so that a form that is sent twice registers one client."""

    secret = forms.CharField(
        required=False,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=f"Leave it empty for a fresh one of 256 random bits; or {clients.SHORTEST_SECRET} to "
        f"{clients.LONGEST_SECRET} characters of your own.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean_secret(self) -> str | None:
        secret: str = self.cleaned_data["secret"]
        if UNFIT.search(secret):
            raise ValidationError("Use letters, figures and signs.")
        return secret or None


class OnceForm(forms.Form):
    """A verb that is done once, however often the button is pressed."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
