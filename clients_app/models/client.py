"""Client: an API credential of an account, tied to the user on whose behalf it calls."""

from django.db import models
from django.utils import timezone

from clients_app.models.account import Account
from clients_app.models.keys import new_key
from clients_app.models.user import User


class ClientQuerySet(models.QuerySet["Client"]):
    def enabled(self) -> "ClientQuerySet":
        return self.filter(revoked_at__isnull=True)

    def for_account(self, account: Account) -> "ClientQuerySet":
        return self.filter(account=account)


class Client(models.Model):
    """last_used_at: of a call or a new token, to within a few minutes."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="clients")
    user = models.ForeignKey(User, models.PROTECT, related_name="clients")
    name = models.CharField(max_length=18)
    secret_hash = models.CharField(max_length=128, editable=False)
    previous_secret_hash = models.CharField(max_length=128, blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ClientQuerySet.as_manager()

    audited = ("account_id", "user_id", "name", "revoked_at")

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.name

    @property
    def is_enabled(self) -> bool:
        return self.revoked_at is None
