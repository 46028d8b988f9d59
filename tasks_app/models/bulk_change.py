"""BulkChange: one thing done to many account tasks, item by item."""

from typing import Final

from django.db import models
from django.db.models import F, Q

from clients_app.models import Account, User
from clients_app.models.keys import new_key
from tasks_app.models.account_task import AccountTask


class Verb(models.TextChoices):
    """What is done to each of them."""

    PAUSE = "PAUSE", "Pause"
    RESUME = "RESUME", "Resume"
    RUN = "RUN", "Run"
    DELETE = "DELETE", "Delete"
    RESTORE = "RESTORE", "Take back"


ASKED_FOR: Final = (Verb.PAUSE, Verb.RESUME, Verb.RUN, Verb.DELETE)  # the others only undo one of these
UNDONE_BY: Final = {Verb.PAUSE: Verb.RESUME, Verb.RESUME: Verb.PAUSE, Verb.DELETE: Verb.RESTORE}


class BulkChangeQuerySet(models.QuerySet["BulkChange"]):
    def for_account(self, account: Account) -> "BulkChangeQuerySet":
        return self.filter(account=account)

    def unfinished(self) -> "BulkChangeQuerySet":
        return self.filter(finished_at__isnull=True)


class BulkChange(models.Model):
    """
    size: the number of its items; changed, unchanged, refused: what became of those that are done.
    user, address: on whose behalf it is done, and from where it was asked for.
    worked_at: when one of its items was done last. stopped_because: why it ended before all of them were done.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    address = models.GenericIPAddressField(null=True)
    verb = models.CharField(max_length=7, choices=Verb.choices)
    undo_of = models.OneToOneField("self", models.SET_NULL, null=True, related_name="+")
    size = models.PositiveIntegerField()
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField("made")
    worked_at = models.DateTimeField()
    finished_at = models.DateTimeField("finished", null=True)
    stopped_because = models.CharField(max_length=300, blank=True)

    objects = BulkChangeQuerySet.as_manager()

    audited = ("verb", "size", "undo_of_id", "stopped_because")

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="bulk_change_of_account"),
            models.Index(fields=["worked_at"], name="bulk_change_unfinished", condition=Q(finished_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(name="bulk_change_known_verb", condition=Q(verb__in=sorted(Verb.values))),
            models.CheckConstraint(
                name="bulk_change_nothing_twice",
                condition=Q(size__gte=F("changed") + F("unchanged") + F("refused")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} of {self.size} account tasks"

    @property
    def done(self) -> int:
        return self.changed + self.unchanged + self.refused

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def undo(self) -> "BulkChange | None":
        """What has undone it, or is about to."""
        return BulkChange.objects.filter(undo_of=self).first()

    @property
    def is_undoable(self) -> bool:
        """Whether it is over, has changed something, has a reverse and was not undone yet."""
        return self.is_finished and self.changed > 0 and self.verb in UNDONE_BY and self.undo is None


class BulkItem(models.Model):
    """One account task of a bulk change. refusal: why it was left as it is, a sentence."""

    change = models.ForeignKey(BulkChange, models.CASCADE, related_name="items", db_index=False)
    account_task = models.ForeignKey(AccountTask, models.PROTECT, related_name="+", db_index=False)
    done_at = models.DateTimeField(null=True)
    is_changed = models.BooleanField(default=False)
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("id",)
        indexes = [
            models.Index(fields=["change", "id"], name="bulk_item_to_do", condition=Q(done_at__isnull=True)),
        ]
        constraints = [models.UniqueConstraint(fields=["change", "account_task"], name="bulk_item_once")]

    def __str__(self) -> str:
        return f"{self.account_task_id} of {self.change_id}"
