"""What the settings of an account ask for."""

from functools import cache
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError

from clients_app.documents import UNFIT
from clients_app.models.account import check_time_zone

LONGEST_NAME, LONGEST_ZONE = 100, 63  # characters; the columns of Account


@cache
def time_zones() -> tuple[str, ...]:
    """All that an account can have, by name."""
    return tuple(sorted(available_timezones()))


class AccountForm(forms.Form):
    name = forms.CharField(max_length=LONGEST_NAME, help_text="What the account is called, here and in reports.")
    time_zone = forms.CharField(
        max_length=LONGEST_ZONE,
        widget=forms.TextInput({"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
        help_text="Type a part of its name, such as paris, and choose. Daily and longer schedules keep to its clocks.",
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if UNFIT.search(name):
            raise ValidationError("Use letters, figures and signs.")
        return name

    def clean_time_zone(self) -> str:
        """In any case, and with spaces for underscores: nobody should have to look that up."""
        typed: str = self.cleaned_data["time_zone"]
        zone = _by_folded_name().get(_folded(typed), typed)
        try:
            check_time_zone(zone)
        except ValidationError:
            raise ValidationError("Choose a time zone of the list, such as Europe/Paris.") from None
        return zone


@cache
def _by_folded_name() -> dict[str, str]:
    return {_folded(name): name for name in time_zones()}


def _folded(name: str) -> str:
    return name.casefold().replace(" ", "_")
