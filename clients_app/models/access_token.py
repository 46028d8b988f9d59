"""AccessToken: what a client shows with each call, stored as its digest."""

from django.db import models
from django.db.models.functions import Now

from clients_app.models.client import Client
from clients_app.models.keys import new_key
from clients_app.models.user import Role


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def live(self) -> "AccessTokenQuerySet":
        """Not expired by the database's clock, and of a client that is not revoked."""
        return self.filter(expires_at__gt=Now(), client__revoked_at__isnull=True)

    def that_change(self) -> "AccessTokenQuerySet":
        """Of users whom `clients_app.permissions` refuses no change of their account."""
        user = {"client__user__is_active": True, "client__user__role": Role.ADMINISTRATOR}
        account = {"client__account__is_enabled": True, "client__user__account": models.F("client__account")}
        return self.filter(**user, **account)

    def expired(self) -> "AccessTokenQuerySet":
        return self.filter(expires_at__lte=Now())


class AccessToken(models.Model):
    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="access_tokens")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, in hexadecimal digits.")
    expires_at = models.DateTimeField(db_index=True)

    objects = AccessTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"token of {self.client_id}"
