"""Account: the tenant that owns users, clients and account tasks."""

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from clients_app.documents import UNFIT
from clients_app.models.keys import new_key


def check_time_zone(name: str) -> None:
    """Raises ValidationError unless `name` is an IANA time zone that schedules can be computed in."""
    if name not in available_timezones():
        raise ValidationError("must be an IANA time zone such as Europe/Paris", code="time_zone")


def check_name(name: str) -> None:
    """Raises ValidationError if `name` has nothing to read, or characters that no answer can carry."""
    if not name.strip() or UNFIT.search(name):
        raise ValidationError("must be letters, figures and signs, and not blanks alone", code="name")


class Account(models.Model):
    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    name = models.CharField(max_length=100, validators=[check_name])
    time_zone = models.CharField(max_length=63, default="UTC", validators=[check_time_zone])
    signing_secret = models.TextField(editable=False, help_text="Encrypted: see clients_app.secrets.")
    previous_signing_secret = models.TextField(
        blank=True, editable=False, help_text="Encrypted; signs too until it is retired."
    )
    is_enabled = models.BooleanField("enabled", default=True, help_text="Calls of a disabled account are refused.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    audited = ("name", "time_zone", "is_enabled")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
