"""Notification: what a user is told about a run, in the inbox and by e-mail."""

from django.db import models
from django.db.models import Q

from clients_app.models import Account, User
from clients_app.models.keys import new_key
from tasks_app import clock


class NotificationQuerySet(models.QuerySet["Notification"]):
    def for_user(self, user: User) -> "NotificationQuerySet":
        return self.filter(user=user)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at__isnull=True)

    def to_mail(self) -> "NotificationQuerySet":
        """Whose e-mail is to be sent by now."""
        return self.filter(mail_at__lte=clock.NOW)


class Notification(models.Model):
    """mail_at: when the e-mail is to be tried (again), NULL once it has gone out or was given up."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="notifications")
    account_task = models.ForeignKey("tasks_app.AccountTask", models.PROTECT, related_name="notifications")
    run = models.ForeignKey("tasks_app.TaskRun", models.SET_NULL, null=True, related_name="+", db_constraint=False)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField("created")
    read_at = models.DateTimeField("read", null=True, blank=True)
    mail_at = models.DateTimeField("to be mailed", null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField("mailed", null=True, blank=True)
    mail_problem = models.CharField(max_length=200, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_of_user"),
            models.Index(
                fields=["user", "-created_at", "-id"], name="notification_unread", condition=Q(read_at__isnull=True)
            ),
            models.Index(fields=["mail_at"], name="notification_to_mail", condition=Q(mail_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.subject
