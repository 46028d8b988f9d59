"""TaskRun: one execution of an account task, for a slot or on demand. A skipped slot has a row too."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from clients_app import rows
from clients_app.models import Account
from clients_app.models.keys import key_of, new_key
from tasks_app import clock
from tasks_app.schedules import Span

if TYPE_CHECKING:
    from tasks_app.models.account_task import AccountTask

SCHEDULER = "SCHEDULER"  # who asked for the runs that nobody asked for
LONGEST_SUMMARY = 1_000  # characters


class State(models.TextChoices):
    """What has become of a run. PENDING: an account task that has no run yet; a run itself is never PENDING."""

    PENDING = "PENDING", "Pending"
    QUEUED = "QUEUED", "Queued"
    RUNNING = "RUNNING", "Running"
    SUCCEEDED = "SUCCEEDED", "Succeeded"
    FAILED = "FAILED", "Failed"
    SKIPPED = "SKIPPED", "Skipped"
    CANCELLED = "CANCELLED", "Cancelled"


FINISHED = (State.SUCCEEDED, State.FAILED, State.SKIPPED, State.CANCELLED)
UNFINISHED = (State.QUEUED, State.RUNNING)
OF_A_RUN = UNFINISHED + FINISHED


class Trigger(models.TextChoices):
    """What made a run."""

    SCHEDULE = "SCHEDULE", "Schedule"
    USER = "USER", "User"
    API = "API", "API"
    RETRY = "RETRY", "Retry"


class TaskRunQuerySet(models.QuerySet["TaskRun"]):
    def for_account(self, account: Account) -> "TaskRunQuerySet":
        return self.filter(account=account)

    def unfinished(self) -> "TaskRunQuerySet":
        return self.filter(finished_at__isnull=True)

    def finished(self) -> "TaskRunQuerySet":
        return self.filter(state__in=FINISHED)

    def ready(self) -> "TaskRunQuerySet":
        """Whose next attempt may start."""
        return self.filter(state=State.QUEUED, next_attempt_at__lte=clock.NOW)

    def held(self, run_id: UUID, fence: int) -> "TaskRunQuerySet":
        """The run, if the attempt with this fence number still has it: each write of an attempt goes through here."""
        return self.filter(pk=run_id, state=State.RUNNING, fence=fence)

    def abandoned(self) -> "TaskRunQuerySet":
        """Whose worker has not renewed its lease in time: it is dead, or as good as dead."""
        return self.filter(state=State.RUNNING, leased_until__lt=clock.NOW)


class TaskRun(models.Model):
    """
    id: of a slot's run always the same, so that what was called for it before a database was restored is known again
    after it; and a UUIDv7 of the slot (on demand: of the moment that it was asked for), by which PostgreSQL keeps each
    month in a partition of its own (`tasks_app.partitions`).

    due_at: the slot, NULL for a run on demand. A skip may stand for several slots in a row: `due_at` is then the last
    of them, `first_due_at` the first, `slots` their number.

    account: that of the account task, which never changes: repeated here so that what an account's pages count is found
    in one index. It has no constraint of its own, which would make each new run lock the account's row on PostgreSQL.
    No table has a constraint to this one: each month that is dropped would be looked for in it.

    fence: raised by each claim, so that what a worker writes after it lost its lease finds no row.
    attempts: those that count; one that the stop of a worker has cut short does not.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="+", editable=False, db_index=False, db_constraint=False
    )
    account_task = models.ForeignKey("tasks_app.AccountTask", models.PROTECT, related_name="runs", db_index=False)
    due_at = models.DateTimeField("slot", null=True, blank=True)
    first_due_at = models.DateTimeField("first slot", null=True, blank=True)
    slots = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=[(state.value, state.label) for state in OF_A_RUN])
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    asked_by = models.CharField(max_length=254, help_text="SCHEDULER, or the e-mail of the user who asked for it.")
    retry_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="retries", db_index=False, db_constraint=False
    )
    created_at = models.DateTimeField("created", default=timezone.now)
    next_attempt_at = models.DateTimeField("next attempt", null=True, blank=True)
    started_at = models.DateTimeField("started", null=True, blank=True)
    finished_at = models.DateTimeField("finished", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField("asked to stop", null=True, blank=True)
    summary = models.TextField(blank=True, help_text="What the handler did, or the reason why there was no success.")

    objects = TaskRunQuerySet.as_manager()

    audited = ("account_task_id", "state", "trigger", "cancel_asked_at")

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["account_task", "-created_at", "-id"], name="task_run_of_account_task"),
            # Holds what days are counted by: a month of an account is counted in the index alone.
            models.Index(fields=["account", "-created_at", "-id", "state", "slots"], name="task_run_of_account"),
            # Of what is unfinished, queued and running: said so that PostgreSQL can use them in plans that it makes
            # without knowing the parameters.
            models.Index(fields=["account_task"], name="task_run_unfinished", condition=Q(finished_at__isnull=True)),
            models.Index(
                fields=["next_attempt_at"], name="task_run_queued", condition=Q(next_attempt_at__isnull=False)
            ),
            models.Index(fields=["leased_until"], name="task_run_leased", condition=Q(leased_until__isnull=False)),
            models.Index(fields=["retry_of"], name="task_run_retries", condition=Q(retry_of__isnull=False)),
        ]
        constraints = [
            # Makes a second run for a slot impossible, however many dispatchers there are.
            models.UniqueConstraint(fields=["account_task", "due_at"], name="task_run_once_per_slot"),
            models.CheckConstraint(name="task_run_known_state", condition=Q(state__in=sorted(OF_A_RUN))),
            models.CheckConstraint(
                name="task_run_next_attempt_if_queued",
                condition=Q(state=State.QUEUED, next_attempt_at__isnull=False)
                | (~Q(state=State.QUEUED) & Q(next_attempt_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="task_run_lease_if_running",
                condition=Q(state=State.RUNNING, leased_until__isnull=False)
                | (~Q(state=State.RUNNING) & Q(leased_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="task_run_finish_if_finished",
                condition=Q(state__in=FINISHED, finished_at__isnull=False)
                | (Q(state__in=UNFINISHED) & Q(finished_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} run {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED

    @classmethod
    def queued(
        cls,
        account_task: "AccountTask",
        *,
        due_at: datetime | None,
        trigger: Trigger,
        asked_by: str,
        now: datetime,
        retry_of: "TaskRun | None" = None,
    ) -> "TaskRun":
        """A run that may start at once."""
        related: dict[str, models.Model] = {"account_task": account_task}
        if retry_of:
            related["retry_of"] = retry_of
        made: TaskRun = rows.new(
            cls,
            related=related,
            id=key_of(account_task.pk, due_at) if due_at else new_key(),
            account_id=account_task.account_id,
            due_at=due_at,
            state=State.QUEUED,
            trigger=trigger,
            asked_by=asked_by,
            created_at=now,
            next_attempt_at=now,
        )
        return made

    @classmethod
    def skipped(cls, account_task: "AccountTask", slots: Span, *, reason: str, now: datetime) -> "TaskRun":
        """Slots that nothing will be done for, and why."""
        made: TaskRun = rows.new(
            cls,
            related={"account_task": account_task},
            id=key_of(account_task.pk, slots.last_at),
            account_id=account_task.account_id,
            due_at=slots.last_at,
            first_due_at=slots.first_at,
            slots=slots.count,
            state=State.SKIPPED,
            trigger=Trigger.SCHEDULE,
            asked_by=SCHEDULER,
            created_at=now,
            finished_at=now,
            summary=reason,
        )
        return made


class Outcome(models.TextChoices):
    """How an attempt ended; empty while it goes on."""

    SUCCEEDED = "SUCCEEDED", "Succeeded"
    TRY_AGAIN = "TRY_AGAIN", "To be tried again"
    REFUSED = "REFUSED", "Refused"
    ERROR = "ERROR", "Internal error"
    TIMED_OUT = "TIMED_OUT", "Timed out"
    WORKER_LOST = "WORKER_LOST", "The worker was lost"
    STOPPED = "STOPPED", "The worker was stopped"
    CANCELLED = "CANCELLED", "Cancelled"


class Attempt(models.Model):
    """One try of a run. number: the fence number of the claim."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    run = models.ForeignKey(TaskRun, models.CASCADE, related_name="tries", db_index=False, db_constraint=False)
    number = models.PositiveIntegerField()
    worker = models.CharField(max_length=100)
    started_at = models.DateTimeField("started")
    finished_at = models.DateTimeField("finished", null=True, blank=True)
    outcome = models.CharField(max_length=11, choices=Outcome.choices, blank=True)
    summary = models.TextField(blank=True)
    log = models.TextField(blank=True, help_text="The lines that the handler has logged; the first ones, if many.")

    class Meta:
        ordering = (F("number").asc(),)
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="attempt_of_run")]

    def __str__(self) -> str:
        return f"Attempt {self.number}"
