"""TaskRun: one execution of an account task, for a slot or on demand. A skipped slot has a row too."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clients_app.models.keys import new_key


class State(models.TextChoices):
    """PENDING is the status of an account task that has no run yet; a run itself is never PENDING."""

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
    SCHEDULE = "SCHEDULE", "Schedule"
    USER = "USER", "User"
    API = "API", "API"
    RETRY = "RETRY", "Retry"


class TaskRun(models.Model):
    """`due_at` is the slot; NULL for a run on demand."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    account_task = models.ForeignKey("tasks_app.AccountTask", models.PROTECT, related_name="runs")
    due_at = models.DateTimeField("slot", null=True, blank=True)
    state = models.CharField(max_length=10, choices=[(state.value, state.label) for state in OF_A_RUN])
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    asked_by = models.CharField(max_length=254, help_text="SCHEDULER, or the e-mail of the user who asked for it.")
    retry_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="retries")
    created_at = models.DateTimeField("created", default=timezone.now)
    started_at = models.DateTimeField("started", null=True, blank=True)
    finished_at = models.DateTimeField("finished", null=True, blank=True)
    summary = models.TextField(blank=True, help_text="What the handler did, or the reason why there was no success.")

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [models.Index(fields=["account_task", "-created_at", "-id"], name="task_run_of_account_task")]
        constraints = [
            # Makes a second run for a slot impossible, however many dispatchers there are.
            models.UniqueConstraint(fields=["account_task", "due_at"], name="task_run_once_per_slot"),
            models.CheckConstraint(name="task_run_known_state", condition=Q(state__in=sorted(OF_A_RUN))),
        ]

    def __str__(self) -> str:
        return f"{self.state} run {self.pk}"
