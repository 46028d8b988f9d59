"""
What the commands that run for ever have in common: a signal ends them, an outage of the database does not, and one that
hangs is noticed.
"""

import logging
import signal
import time
from collections.abc import Callable
from threading import Event
from types import FrameType

from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from tasks_app.management.watchdog import watched

log = logging.getLogger(__name__)


def stopped_by_signals(second: Callable[[], None] = lambda: None) -> Event:
    """Set by the first TERM or INT; a further one calls `second`, unless it comes within a second (Ctrl-C)."""
    stop = Event()
    patient_until = 0.0

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal patient_until
        if not stop.is_set():
            patient_until = time.monotonic() + 1
        elif time.monotonic() > patient_until:
            second()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    return stop


def through_outages(step: Callable[[], float], stop: Event) -> None:
    """Call `step` until `stop` is set. It says how many seconds to wait before the next call."""
    with watched() as beat:
        while not stop.is_set():
            beat()
            try:
                close_old_connections()
                pause = step()
            except (DatabaseError, InterfaceError) as error:
                log.warning("the database can't be reached, and is tried again: %s", error)
                connections.close_all()
                pause = 1.0
            except Exception:
                log.exception("a step failed, and is tried again")
                connections.close_all()
                pause = 1.0
            stop.wait(pause)
