"""Health: whether the service does what it is for, judged by the database's clock."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from tasks_app.models import AccountTask, Heartbeat, TaskRun
from tasks_app.models.task_run import State

DISPATCHER = "dispatcher"
SILENT: Final = timedelta(seconds=30)
LATE: Final = timedelta(seconds=60)  # for a slot that nobody has dispatched, or a lease that nobody has taken back
STUCK: Final = timedelta(minutes=5)  # for a run that no worker has begun


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
    if _first(TaskRun.objects.filter(state=State.RUNNING, leased_until__lt=now - LATE), "leased_until"):
        found.append("There are runs whose worker was lost a minute ago and that nobody has taken back.")
    if _first(TaskRun.objects.filter(state=State.QUEUED, next_attempt_at__lt=now - STUCK), "next_attempt_at"):
        found.append("There are runs that no worker has begun for five minutes: start run_worker.")
    return found


def _first(rows: QuerySet[Any], name: str) -> bool:
    """
    Whether there is a row, looked for in the order of an index: asked for any row, PostgreSQL expects to meet one soon
    and reads the whole table when there is none.
    """
    return bool(rows.order_by(name).values_list(name)[:1])
