"""Health: whether the service does what it is for, judged by the database's clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Min, QuerySet

from clients_app.models.keys import first_key_of
from tasks_app.models import AccountTask, BulkChange, Heartbeat, Notification, TaskRun
from tasks_app.models.task_run import OF_A_RUN, State

DISPATCHER = "dispatcher"
TIME_ZONES = "time zones"
SILENT: Final = timedelta(seconds=20)
LATE: Final = timedelta(seconds=60)  # for a slot that nobody has dispatched, or a lease that nobody has taken back
LATELY: Final = timedelta(hours=1)  # for the runs that are counted by state
A_DAY: Final = timedelta(days=1)
CLOCKS_DIFFER: Final = timedelta(hours=1)  # at most: keys are made by the machines' clocks, moments by the database's
STUCK: Final = timedelta(minutes=5)  # for what no worker has begun


def beat(name: str, *, now: datetime, note: str | None = None) -> None:
    """This part of the service is at work. note: replaces what it has remembered."""
    values: dict[str, object] = {"at": now} if note is None else {"at": now, "note": note}
    Heartbeat.objects.update_or_create(name=name, defaults=values)


def problems(now: datetime) -> list[str]:
    """What is wrong, a sentence each: nothing while every slot is dispatched and every run is begun."""
    found = []
    dispatcher = Heartbeat.objects.filter(name=DISPATCHER).first()
    if dispatcher is None:
        found.append("No dispatcher has ever run: start run_dispatcher.")
    elif now - dispatcher.at > SILENT:
        found.append(f"No dispatcher has reported for {(now - dispatcher.at).total_seconds():.0f} s.")
    if _first(AccountTask.objects.due(now - LATE), "next_run_at"):
        found.append("There are slots that were due a minute ago and are not dispatched.")
    if _first(abandoned(now), "leased_until"):
        found.append("There are runs whose worker was lost a minute ago and that nobody has taken back.")
    if _first(not_begun(now), "next_attempt_at"):
        found.append("There are runs that no worker has begun for five minutes: start run_worker.")
    if any(_first(rows, "frequency") for rows in AccountTask.objects.without_next_run(now)):
        found.append("There are account tasks that are enabled, and whose schedule has no next run.")
    if _first(mails_not_sent(now), "mail_at"):
        found.append("There are mails that no worker has sent for five minutes: start run_worker.")
    if _first(bulk_changes_not_worked_on(now), "worked_at"):
        found.append("There are bulk changes that no worker has gone on with for five minutes: start run_worker.")
    return found


def abandoned(now: datetime) -> QuerySet[TaskRun]:
    """Runs whose worker was lost, and that nobody has taken back in time."""
    return TaskRun.objects.filter(state=State.RUNNING, leased_until__lt=now - LATE)


def not_begun(now: datetime) -> QuerySet[TaskRun]:
    """Runs that may start, and that no worker has begun in time."""
    return TaskRun.objects.filter(state=State.QUEUED, next_attempt_at__lt=now - STUCK)


def mails_not_sent(now: datetime) -> QuerySet[Notification]:
    """Mails that are to be sent, and that no worker has tried in time."""
    return Notification.objects.filter(mail_at__lt=now - STUCK)


def bulk_changes_not_worked_on(now: datetime) -> QuerySet[BulkChange]:
    """Bulk changes that are not over, and of which no worker has done an item in time."""
    return BulkChange.objects.unfinished().filter(worked_at__lt=now - STUCK)


@dataclass(frozen=True)
class Glance:
    """
    beat_at: of the dispatcher. waiting_since: since when the oldest queued run may start. overdue: account tasks whose
    slot nobody has dispatched in time. mails_failed: given up in the last 24 hours. latest: the runs that were made
    in the last hour for it, by state; not those that came late for a slot of before.
    """

    now: datetime
    problems: list[str]
    beat_at: datetime | None
    queued: int
    running: int
    overdue: int
    waiting_since: datetime | None
    mails_waiting: int
    mails_failed: int
    latest: dict[State, int]

    @property
    def beat_age(self) -> str:
        return age(self.now - self.beat_at) if self.beat_at else ""

    @property
    def waiting_age(self) -> str:
        return age(self.now - self.waiting_since) if self.waiting_since and self.waiting_since < self.now else ""


def glance(now: datetime) -> Glance:
    """What an operator wants to see first: a fixed number of queries, each of which an index answers."""
    dispatcher = Heartbeat.objects.filter(name=DISPATCHER).first()
    queued = TaskRun.objects.filter(next_attempt_at__isnull=False).aggregate(
        count=Count("pk"), since=Min("next_attempt_at")
    )
    # Keys tell when a row was made, or its slot was, as far as the machines' clocks agree: it needs no other index.
    newest = TaskRun.objects.filter(pk__gte=first_key_of(now - LATELY - CLOCKS_DIFFER), created_at__gt=now - LATELY)
    counts = dict(newest.order_by().values_list("state").annotate(count=Count("pk")))
    mails = Notification.objects.filter(pk__gte=first_key_of(now - A_DAY - CLOCKS_DIFFER), created_at__gt=now - A_DAY)
    return Glance(
        now=now,
        problems=problems(now),
        beat_at=dispatcher.at if dispatcher else None,
        queued=queued["count"],
        running=TaskRun.objects.filter(leased_until__isnull=False).count(),
        overdue=AccountTask.objects.due(now - LATE).count(),
        waiting_since=queued["since"],
        mails_waiting=Notification.objects.filter(mail_at__isnull=False).count(),
        mails_failed=mails.filter(mail_at__isnull=True, mailed_at__isnull=True).exclude(mail_problem="").count(),
        latest={state: counts.get(state, 0) for state in OF_A_RUN},
    )


def age(time: timedelta) -> str:
    """In the largest unit that there are at least two of: 119 s, 59 minutes, 47 hours, 3 days."""
    seconds = max(int(time.total_seconds()), 0)
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _first(rows: QuerySet[Any], name: str) -> bool:
    """
    Whether there is a row, looked for in the order of an index: asked for any row, PostgreSQL expects to meet one soon
    and reads the whole table when there is none.
    """
    return bool(rows.order_by(name).values_list(name)[:1])
