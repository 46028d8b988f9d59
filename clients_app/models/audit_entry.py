"""AuditEntry: who changed what, when, from where; before and after."""

from django.db import models
from django.utils import timezone

from clients_app.models.account import Account
from clients_app.models.client import Client
from clients_app.models.keys import new_key
from clients_app.models.user import User


class AuditEntry(models.Model):
    """
    Written by `clients_app.audit` in the transaction of the change; triggers refuse to change it or to delete it. What
    it points to is never deleted: the database need not look for it, which would take as long as all else that it does
    for a change.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    at = models.DateTimeField(default=timezone.now)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    client = models.ForeignKey(Client, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    by = models.CharField(max_length=254, help_text="E-mail of the user, or the name of the command.")
    address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=40)
    kind = models.CharField(max_length=40, help_text="The table of the row that was changed.")
    row_id = models.UUIDField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["account", "-id"], name="audit_of_account"),
            models.Index(fields=["row_id", "-id"], name="audit_of_row"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.by}"
