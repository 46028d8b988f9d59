"""
Gaps of the history: slots that have neither a run nor a skip. Each slot has its row, or is one of those that a skip
stands for; where one has none, something moved a schedule on, or deleted a row, that should not have.
"""

from datetime import datetime
from typing import Final

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from clients_app.models import AuditEntry
from clients_app.models.keys import first_key_of
from tasks_app.dispatch import BROKEN, RESOLUTION
from tasks_app.enumerations import Frequency
from tasks_app.health import CLOCKS_DIFFER, LATELY, TIME_ZONES
from tasks_app.models import AccountTask, Heartbeat, TaskRun
from tasks_app.schedules import Span

SAMPLE: Final = 200  # of the newest runs: so it takes as long with any number of account tasks


def found(now: datetime) -> list[tuple[AccountTask, Span]]:
    """
    Account tasks with slots that have no row, right before one of the newest runs of the last hour. Where the schedule
    may have been another one then, nothing is said.
    """
    before = TaskRun.objects.filter(
        account_task=OuterRef("account_task"), due_at__lt=Coalesce(OuterRef("first_due_at"), OuterRef("due_at"))
    ).order_by("-due_at")
    newest = TaskRun.objects.filter(pk__gte=first_key_of(now - LATELY - CLOCKS_DIFFER)).order_by("-pk")
    pairs = list(newest.annotate(run_before=Subquery(before.values("pk")[:1])).values_list("pk", "run_before")[:SAMPLE])
    facts = TaskRun.objects.only("account_task", "due_at", "first_due_at", "created_at", "summary")
    runs = facts.in_bulk([key for pair in pairs for key in pair if key])
    rows = AccountTask.objects.select_related("account").in_bulk({run.account_task_id for run in runs.values()})
    suspects = []
    for key, key_before in pairs:
        run, earlier = runs.get(key), runs.get(key_before)
        if run and earlier and run.created_at > now - LATELY:
            account_task = rows[run.account_task_id]
            if span := _between(account_task, earlier, run):
                suspects.append((account_task, earlier, span))
    if not suspects:
        return []
    zones_at = Heartbeat.objects.filter(name=TIME_ZONES).values_list("at", flat=True).first()
    return [(row, span) for row, earlier, span in suspects if not _has_moved(row, earlier.created_at, zones_at)]


def _between(account_task: AccountTask, earlier: TaskRun, run: TaskRun) -> Span | None:
    """The slots between those of two runs, by the schedule as it is."""
    first = run.first_due_at or run.due_at
    if (
        first is None
        or earlier.due_at is None
        or account_task.modified_at >= earlier.created_at
        or earlier.summary == BROKEN
    ):
        return None
    return account_task.timetable.between(earlier.due_at, first - RESOLUTION)


def _has_moved(account_task: AccountTask, since: datetime, zones_at: datetime | None) -> bool:
    """Whether the account's time zone, or the rules of time zones, may have moved its slots."""
    if account_task.frequency == Frequency.HOURLY:
        return False
    if zones_at and zones_at >= since:
        return True
    changes = AuditEntry.objects.filter(row_id=account_task.account_id, action="account changed", at__gte=since)
    return changes.exists()
