"""The tables as Django's ORM maps them."""

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7


class Frequency(models.TextChoices):
    NONE = "NONE"
    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    YEARLY = "YEARLY"


class Notification(models.TextChoices):
    NONE = "NONE"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    ALL = "ALL"


class ContentType(models.TextChoices):
    JSON = "application/json"
    XML = "application/xml"


class Account(models.Model):
    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        db_table = "accounts"

    def __str__(self) -> str:
        return self.name


class User(models.Model):
    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT)
    email = models.EmailField()

    is_authenticated = True

    class Meta:
        db_table = "users"

    def __str__(self) -> str:
        return self.email


class Client(models.Model):
    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT)
    user = models.ForeignKey(User, models.PROTECT)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "clients"

    def __str__(self) -> str:
        return str(self.id)


class Token(models.Model):
    digest = models.CharField(max_length=64, primary_key=True)
    client = models.ForeignKey(Client, models.CASCADE)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "tokens"

    def __str__(self) -> str:
        return f"token of {self.client_id}"

    @classmethod
    def of(cls, digest: str) -> "Token | None":
        """One that is good, with its client and its user."""
        live = cls.objects.filter(expires_at__gt=timezone.now(), client__revoked_at__isnull=True)
        return live.select_related("client__user").filter(digest=digest).first()


class Task(models.Model):
    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    is_enabled = models.BooleanField()

    class Meta:
        db_table = "tasks"

    def __str__(self) -> str:
        return self.name


class AccountTask(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey(Account, models.PROTECT)
    client = models.ForeignKey(Client, models.PROTECT)
    task = models.ForeignKey(Task, models.PROTECT)
    frequency = models.CharField(max_length=10, choices=Frequency.choices)
    start_at = models.DateTimeField(null=True)
    finish_at = models.DateTimeField(null=True)
    parameters = models.TextField()
    content_type = models.CharField(max_length=20, choices=ContentType.choices)
    notification = models.CharField(max_length=10, choices=Notification.choices, default=Notification.NONE)
    is_enabled = models.BooleanField(default=True)
    status = models.CharField(max_length=10, default="PENDING")
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(default=timezone.now)
    modified_by = models.CharField(max_length=254)

    class Meta:
        db_table = "account_tasks"

    def __str__(self) -> str:
        return f"{self.task} of {self.account}"
