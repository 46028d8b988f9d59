"""SecondFactor: what a user shows besides the password, a code that changes each half minute (TOTP, RFC 6238)."""

from django.db import models
from django.utils import timezone

from clients_app.models.keys import new_key
from clients_app.models.user import User


class SecondFactorQuerySet(models.QuerySet["SecondFactor"]):
    def confirmed(self) -> "SecondFactorQuerySet":
        return self.filter(confirmed_at__isnull=False)


class SecondFactor(models.Model):
    """It counts once a code has confirmed it. `clients_app.second_factors` alone writes these rows."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    user = models.OneToOneField(User, models.PROTECT, related_name="second_factor")
    secret = models.TextField(help_text="Encrypted: see clients_app.secrets.")
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0, help_text="Half minutes since 1970 of the last code.")
    recovery_digests = models.JSONField(default=list, help_text="SHA-256 of the recovery codes that are left.")

    objects = SecondFactorQuerySet.as_manager()

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"
