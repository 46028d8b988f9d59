"""
A watchdog: a loop that hangs can't be helped from inside, so its process ends, and whoever has started it starts
another one. Runs that it had begun go to others when their lease is over.
"""

import faulthandler
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread, current_thread
from typing import Any, Final

from django.db import connection

log = logging.getLogger(__name__)

LONGEST_SILENCE = 300.0  # seconds: several statements of the database, each as slow as it is waited for
TICK = 1.0
HUNG: Final = 70  # what such a process ends with: EX_SOFTWARE of sysexits.h


class _Pulse:
    """Counts the signs of life of a thread: rounds of its loop, and statements that the database has answered."""

    def __init__(self) -> None:
        self.count = 0

    def beat(self) -> None:
        self.count += 1

    def around(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return execute(*arguments)
        finally:
            self.beat()


@contextmanager
def watched() -> Iterator[Callable[[], None]]:
    """Around the loop of this thread, which calls what it is given in each round."""
    pulse, done = _Pulse(), Event()
    Thread(target=_watch, args=(current_thread().name, pulse, done), daemon=True).start()
    try:
        with connection.execute_wrapper(pulse.around):
            yield pulse.beat
    finally:
        done.set()


def _watch(name: str, pulse: _Pulse, done: Event) -> None:
    """Its own ticks are counted, not the time: a process that was frozen as a whole does not hang."""
    seen, silent = -1, 0.0
    while not done.wait(TICK):
        silent = silent + TICK if pulse.count == seen else 0.0
        seen = pulse.count
        if silent >= LONGEST_SILENCE:
            log.critical("%s hangs since %.0f s: the process ends, to be started anew", name, silent)
            faulthandler.dump_traceback(sys.__stderr__ or 2, all_threads=True)
            logging.shutdown()
            os._exit(HUNG)
