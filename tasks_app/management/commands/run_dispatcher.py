"""The dispatcher: makes runs of what is due, and puts right what got stuck. Any number of them may run."""

import logging
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import tzdata
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from clients_app import garbage, tracing
from tasks_app import bulk, clock, engine, gaps, health, notifications, rescheduling, running
from tasks_app.management import loops
from tasks_app.management.lanes import Lanes
from tasks_app.models import Heartbeat

log = logging.getLogger(__name__)

POLL_SECONDS = 0.05  # from one look at what is due to the next one, unless that takes longer
SHORTEST_PAUSE = 0.01
SECONDS_BETWEEN_BEATS = 2.0
SECONDS_BETWEEN_SWEEPS = 5.0
SECONDS_BETWEEN_SCANS = 60.0
SECONDS_BETWEEN_PRUNES = 60.0


class Command(BaseCommand):
    help = "Make runs of what is due, until a signal ends it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="dispatch what is due now, and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        tracing.start("dispatcher")
        garbage.look_less_often()
        with closing(Lanes()) as lanes:
            if once:
                while lanes.dispatch():
                    pass
                _sweep()
                _beat()
            else:
                loops.through_outages(_Dispatcher(lanes).step, loops.stopped_by_signals())


class _Dispatcher:
    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._duties = [
            _Duty(_beat, SECONDS_BETWEEN_BEATS),
            _Duty(_sweep, SECONDS_BETWEEN_SWEEPS),
            _Duty(_scan, SECONDS_BETWEEN_SCANS),
            _Duty(_prune, SECONDS_BETWEEN_PRUNES),
            _Duty(_follow_time_zones, SECONDS_BETWEEN_PRUNES),
        ]

    def step(self) -> float:
        began = time.monotonic()
        is_busy = self._lanes.dispatch()
        for duty in self._duties:
            duty.do_if_due()
        return 0 if is_busy else max(SHORTEST_PAUSE, began + POLL_SECONDS - time.monotonic())


class _Duty:
    """Something to do every so many seconds, by the monotonic clock."""

    def __init__(self, do: Callable[[], object], seconds: float) -> None:
        self._do, self._seconds, self._due_at = do, seconds, 0.0

    def do_if_due(self) -> None:
        if time.monotonic() >= self._due_at:
            self._due_at = time.monotonic() + self._seconds
            self._do()


def _beat() -> None:
    health.beat(health.DISPATCHER, now=clock.now())


def _sweep() -> None:
    running.sweep()
    notifications.sweep()
    bulk.sweep()


def _scan() -> None:
    """What is wrong is in the log, also where nobody asks /readyz."""
    now = clock.now()
    for problem in health.problems(now):
        log.warning("%s", problem)
    for account_task, slots in gaps.found(now):
        about = {"account": account_task.account_id, "account_task": account_task.pk}
        log.error("%s slots from %s on have no run and no skip", slots.count, slots.first_at, extra=about)


def _prune() -> None:
    engine.prune()
    bulk.prune(now=clock.now())
    call_command("clearsessions")  # those that are over


def _follow_time_zones() -> None:
    """A new release of the time zones may have other rules: slots to come are read anew, once."""
    known = Heartbeat.objects.filter(name=health.TIME_ZONES).first()
    if known is None or known.note != tzdata.IANA_VERSION:
        now = clock.now()
        rescheduling.reschedule(now=now)
        health.beat(health.TIME_ZONES, now=now, note=tzdata.IANA_VERSION)
