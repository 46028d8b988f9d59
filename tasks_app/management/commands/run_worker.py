"""A worker: makes the attempts of runs, and sends the e-mail of notifications. Any number of them may run."""

import logging
import os
import time
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from clients_app import garbage, tracing
from tasks_app import engine, running
from tasks_app.management import loops

log = logging.getLogger(__name__)

RENEWALS_PER_LEASE = 12


class Command(BaseCommand):
    help = "Execute runs, until a signal ends it: then what has begun is finished, or released after STOP_SECONDS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="execute what is there now, and end")
        parser.add_argument(
            "--threads", type=int, default=settings.WORKER_THREADS, help="runs at once (default: %(default)s)"
        )

    def handle(self, *args: Any, once: bool, threads: int, **options: Any) -> None:
        tracing.start("worker")
        garbage.look_less_often()
        hurry, done = Event(), Event()
        stop = loops.stopped_by_signals(second=hurry.set)
        engine_thread = Thread(target=_work, args=(threads, stop, once, done), daemon=True)
        renewal = Thread(target=loops.through_outages, args=(_renew, done), daemon=True)
        engine_thread.start()
        renewal.start()
        while not (stop.is_set() or done.is_set()):
            stop.wait(0.1)
        give_up_at = time.monotonic() + settings.STOP_SECONDS
        while not (done.is_set() or hurry.is_set()) and time.monotonic() < give_up_at:
            done.wait(0.1)
        if done.is_set():
            return  # the last spans go out when the process ends
        log.warning("worker stops: %s runs go back to the queue", running.release())
        connections.close_all()
        tracing.finish(0 if hurry.is_set() else tracing.PATIENCE)
        logging.shutdown()
        os._exit(0)  # a thread that does not end would hold the process


def _work(threads: int, stop: Event, until_idle: bool, done: Event) -> None:
    try:
        engine.work(threads=threads, stop=stop, until_idle=until_idle)
    finally:
        done.set()


def _renew() -> float:
    running.renew()
    return settings.LEASE.total_seconds() / RENEWALS_PER_LEASE
