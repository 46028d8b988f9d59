"""AccountTask: a registration of a task on an account, with its schedule, next run and last run."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone

from clients_app.models import Account, Client
from clients_app.models.keys import new_key
from clients_app.paging import SortKey
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models.task import Task
from tasks_app.models.task_run import State
from tasks_app.parameters import SEARCHED, folded
from tasks_app.schedules import Schedule, Span, Timetable

RESTORABLE: Final = timedelta(days=30)
COUNTED: Final = 10_000  # account tasks that a list counts: all of 100,000 would cost more than the page that is shown

# Longer than from any slot to the next, whatever clocks, months and time zones do.
LONGEST_PERIODS: Final = {
    Frequency.HOURLY: timedelta(hours=2),
    Frequency.DAILY: timedelta(days=3),
    Frequency.WEEKLY: timedelta(days=9),
    Frequency.MONTHLY: timedelta(days=33),
    Frequency.QUARTERLY: timedelta(days=95),
    Frequency.YEARLY: timedelta(days=368),
}
# Enabled, and nothing to come: over, or something is wrong.
STOPPED: Final = Q(next_run_at__isnull=True, is_enabled=True, deleted_at__isnull=True)

Conditions = dict[str, Any]
"""Of `AccountTask.objects.matching`."""


# What lists can be sorted by, under the names of the wire.
SORT_KEYS: Final = {
    "DateCreated": SortKey("created_at"),
    "DateModified": SortKey("modified_at", is_narrow=True),
    "NextRunOn": SortKey("next_run_at", is_nullable=True, is_narrow=True),
    "LastRunOn": SortKey("last_run_at", is_nullable=True, is_narrow=True),
}


class Counted(NamedTuple):
    """So many account tasks are like this."""

    status: str
    is_enabled: bool
    number: int


class AccountTaskQuerySet(models.QuerySet["AccountTask"]):
    def for_account(self, account: Account) -> "AccountTaskQuerySet":
        """What the account has and has not deleted; what another one has looks like nothing at all."""
        return self.filter(account=account, deleted_at__isnull=True)

    def deleted_of(self, account: Account, now: datetime) -> "AccountTaskQuerySet":
        """What the account has deleted and can still restore."""
        return self.filter(account=account, deleted_at__gt=now - RESTORABLE)

    def matching(self, *, search: str = "", **conditions: Any) -> "AccountTaskQuerySet":
        """conditions: lookups of fields; search: a part of a value in the parameters, or of the name of the task."""
        rows = self.filter(**conditions)
        if search:
            named = list(Task.objects.filter(name__icontains=search).values_list("pk", flat=True))
            rows = rows.filter(Q(task__in=named) | Q(search_text__contains=folded(search)))
        return rows

    def due(self, now: datetime) -> "AccountTaskQuerySet":
        return self.filter(next_run_at__lte=now)

    def without_next_run(self, now: datetime) -> tuple["AccountTaskQuerySet", "AccountTaskQuerySet"]:
        """
        Which have no next run though they are enabled: those without a finish, and those whose finish is more than a
        period away. Two, so that an index finds each among all whose schedule is over.
        """
        stopped = self.filter(STOPPED, frequency__in=LONGEST_PERIODS)
        goes_on = Q(pk__in=[])
        for frequency, longest in LONGEST_PERIODS.items():
            goes_on |= Q(frequency=frequency, finish_at__gt=now + longest)
        shortest = min(LONGEST_PERIODS.values())
        return stopped.filter(finish_at__isnull=True), stopped.filter(goes_on, finish_at__gt=now + shortest)

    def counted(self) -> list["Counted"]:
        """How many there are of each kind, of the newest COUNTED and one more; in one query."""
        newest = self.order_by("-created_at", "-pk").values("status", "is_enabled")[: COUNTED + 1]
        sql, values = newest.query.sql_with_params()
        # The ORM groups the rows of a slice only together with the whole slice.
        grouped = f"SELECT status, is_enabled, COUNT(*) FROM ({sql}) AS newest GROUP BY status, is_enabled"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(grouped, values)
            return [Counted(status, bool(is_enabled), number) for status, is_enabled, number in cursor.fetchall()]


class AccountTask(models.Model):
    """
    account: that of the client, which never changes and whose own constraint keeps the account there. task: nobody
    deletes one of the catalogue. With a constraint of these each new row would lock the account's row and the task's on
    PostgreSQL, which those who register at the same time have in common.
    `next_run_at` is what dispatch looks for: the next slot, NULL when there is none (paused, deleted, over).
    Status, last_run_at and last_run_by repeat facts of the latest run, so that a list needs no runs; no foreign key,
    because the history may be deleted. failures_in_a_row counts failed runs with the same reason, last_failure.
    search_text: the values of the parameters, as searches see them.
    version: raised by each change of the registration, not by its runs.
    """

    id = models.UUIDField("ID", primary_key=True, default=new_key, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="account_tasks", db_index=False, db_constraint=False
    )
    task = models.ForeignKey(Task, models.PROTECT, related_name="account_tasks", db_constraint=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="account_tasks", db_index=False)
    frequency = models.PositiveSmallIntegerField(choices=Frequency.choices)
    start_at = models.DateTimeField("start", null=True, blank=True)
    finish_at = models.DateTimeField("finish", null=True, blank=True)
    parameters = models.TextField()
    content_type = models.CharField(max_length=20, choices=ContentType.choices, default=ContentType.JSON)
    search_text = models.CharField(max_length=SEARCHED, blank=True, editable=False)
    notification = models.PositiveSmallIntegerField(choices=TaskNotification.choices, default=TaskNotification.NONE)
    is_enabled = models.BooleanField("enabled", default=True)
    next_run_at = models.DateTimeField("next run", null=True, blank=True, editable=False)
    status = models.CharField(max_length=10, choices=State.choices, default=State.PENDING, editable=False)
    last_run_at = models.DateTimeField("last run", null=True, blank=True, editable=False)
    last_run_by = models.CharField(max_length=254, null=True, blank=True, editable=False)  # noqa: DJ001 (null on the wire)
    latest_run_id = models.UUIDField(null=True, editable=False)
    failures_in_a_row = models.PositiveIntegerField(default=0, editable=False)
    last_failure = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField("created", default=timezone.now, editable=False)
    modified_at = models.DateTimeField("modified", default=timezone.now, editable=False)
    modified_by = models.CharField(max_length=254, editable=False)
    deleted_at = models.DateTimeField("deleted", null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AccountTaskQuerySet.as_manager()

    audited = (
        "task_id",
        "client_id",
        "frequency",
        "start_at",
        "finish_at",
        "content_type",
        "notification",
        "is_enabled",
        "deleted_at",
    )

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["next_run_at"], name="account_task_due", condition=Q(next_run_at__isnull=False)),
            models.Index(fields=["frequency", "finish_at"], name="account_task_stopped", condition=STOPPED),
            # Holds all that lists are filtered by: a page is found in the index alone, however few rows match.
            models.Index(
                fields=[
                    "account",
                    "-created_at",
                    "-id",
                    "deleted_at",
                    "is_enabled",
                    "status",
                    "frequency",
                    "next_run_at",
                    "task",
                    "client",
                    "last_run_at",
                    "modified_at",
                    "search_text",
                ],
                name="account_task_of_account",
            ),
            models.Index(fields=["account", "modified_at", "id"], name="account_task_by_change"),
            # Holds what the slots of the next hours are counted by.
            models.Index(
                fields=["account", "next_run_at", "id", "frequency", "finish_at"], name="account_task_by_next_run"
            ),
            models.Index(fields=["account", "last_run_at", "id"], name="account_task_by_last_run"),
            models.Index(
                fields=["account", "-last_run_at", "-id"],
                name="account_task_failing",
                condition=Q(status=State.FAILED, deleted_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="account_task_finish_not_before_start",
                condition=Q(start_at__isnull=True) | Q(finish_at__isnull=True) | Q(finish_at__gte=F("start_at")),
            ),
            models.CheckConstraint(
                name="account_task_known_frequency", condition=Q(frequency__in=sorted(Frequency.values))
            ),
            models.CheckConstraint(
                name="account_task_known_notification", condition=Q(notification__in=sorted(TaskNotification.values))
            ),
            models.CheckConstraint(
                name="account_task_known_content_type", condition=Q(content_type__in=sorted(ContentType.values))
            ),
            models.CheckConstraint(name="account_task_known_status", condition=Q(status__in=sorted(State.values))),
            models.CheckConstraint(
                name="account_task_next_run_if_enabled",
                condition=Q(next_run_at__isnull=True) | Q(is_enabled=True, deleted_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} of {self.account}"

    @property
    def is_running(self) -> bool:
        """Whether its schedule makes runs: it is neither paused nor deleted."""
        return self.is_enabled and self.deleted_at is None

    @property
    def schedule(self) -> Schedule:
        return Schedule(Frequency(self.frequency), self.start_at, self.finish_at)

    @property
    def timetable(self) -> Timetable:
        """Its slots, in the time zone of the account."""
        return self.schedule.timetable(registered_at=self.created_at, zone=self.account.zone)

    def slots_to_come(self, count: int) -> list[datetime]:
        """Its next slots, at most so many; none while it is paused."""
        return self.timetable.beginning_at(self.next_run_at, count)

    def next_run_in(self, zone: ZoneInfo, now: datetime) -> datetime | None:
        """Its next run if the account's time zone were that one; what is due by now stays due."""
        if self.next_run_at is None or self.next_run_at <= now:
            return self.next_run_at
        return self.schedule.timetable(registered_at=self.created_at, zone=zone).next_after(now)

    def slots_due(self, now: datetime) -> Span | None:
        """From its next run on up to now."""
        return self.timetable.due(self.next_run_at, now)
