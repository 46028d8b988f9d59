"""
Metrics: how the service is, as Prometheus asks for it. All of it is read from the database at that moment, so that it
is right whichever process answers, and after each of them has started anew.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, InterfaceError, connections
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tasks_app import clock, gaps, health
from tasks_app.models import AccountTask

NEVER: Final = float("inf")


class OfTheService(Collector):
    """For a registry: asked by a thread that keeps no connection."""

    def collect(self) -> Iterator[Metric]:
        found: list[Metric] = []
        try:
            found += _found(clock.now())
        except (DatabaseError, InterfaceError):
            found.clear()
        finally:
            connections.close_all()
        yield _gauge("database_up", "Whether the database could be reached.", bool(found))
        yield from found


def _found(now: datetime) -> Iterator[Metric]:
    glance = health.glance(now)
    due = AccountTask.objects.due(now).order_by("next_run_at").values_list("next_run_at", flat=True).first()
    stuck = [("worker_lost", health.abandoned(now).count()), ("not_begun", health.not_begun(now).count())]
    not_taken = [
        ("mail", health.mails_not_sent(now).count()),
        ("bulk_change", health.bulk_changes_not_worked_on(now).count()),
    ]
    idle = sum(rows.count() for rows in AccountTask.objects.without_next_run(now))
    lost = sum(slots.count for _, slots in gaps.found(now))
    latest = [(state.lower(), count) for state, count in glance.latest.items()]
    yield _gauge("problems", "What /readyz finds wrong: 0 while the service does what it is for.", len(glance.problems))
    yield _gauge("dispatcher_beat_age_seconds", "Since a dispatcher has last reported.", _since(glance.beat_at, now))
    yield _gauge("dispatch_lag_seconds", "Age of the oldest slot that is due and not dispatched.", _late(due, now))
    yield _gauge("slots_overdue", "Account tasks whose slot is due for a minute and not dispatched.", glance.overdue)
    yield _gauge("schedules_without_next_run", "Account tasks that should have a next run and have none.", idle)
    yield _gauge("slots_without_row", "Slots before the newest runs that have no run and no skip.", lost)
    yield _gauge("runs_queued", "Runs that wait for an attempt, now or later.", glance.queued)
    yield _gauge("runs_running", "Runs that a worker is at.", glance.running)
    yield _gauge("queue_age_seconds", "How long the oldest run waits that may start.", _late(glance.waiting_since, now))
    yield _gauge_by("runs_stuck", "Runs that nobody goes on with.", "why", stuck)
    yield _gauge_by("not_taken", "What waits for a worker for five minutes, beside runs.", "what", not_taken)
    yield _gauge_by("runs_of_last_hour", "Runs made in the last hour, for a slot of it or on demand.", "state", latest)
    yield _gauge("mails_waiting", "Notifications whose mail is to go out.", glance.mails_waiting)
    yield _gauge("mails_failed_of_last_day", "Notifications whose mail was given up.", glance.mails_failed)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"account_tasks_{name}", text, value=value)


def _gauge_by(name: str, text: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(f"account_tasks_{name}", text, labels=[label])
    for of, value in values:
        family.add_metric([of], value)
    return family


def _since(moment: datetime | None, now: datetime) -> float:
    return (now - moment).total_seconds() if moment else NEVER


def _late(moment: datetime | None, now: datetime) -> float:
    return max(now - moment, timedelta(0)).total_seconds() if moment else 0
