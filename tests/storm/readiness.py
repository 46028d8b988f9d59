"""Readiness: the web server under test, and what its /readyz says while the weather changes."""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.acceptance.service import PROJECT
from tests.postgresql import free_port

PATIENCE_S = 6.0  # of somebody who asks; no answer is as bad as a wrong one
EVERY_S = 1.0
GREEN = 200


@dataclass
class Readiness:
    """asked: when, in seconds of the clock, what came (0 for nothing), and after how many seconds."""

    port: int
    asked: list[tuple[float, int, float]] = field(default_factory=list)
    _done: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self._done.wait(EVERY_S):
            began = time.time()
            status = self._ask()
            self.asked.append((began, status, time.time() - began))

    def stop(self) -> None:
        self._done.set()

    def red_after(self, broken_at: float, healed_at: float) -> float | None:
        """Seconds until it was known to be red, None if it never was before the end."""
        known = [at + took - broken_at for at, status, took in self.asked if at >= broken_at and status != GREEN]
        return min((each for each in known if each <= healed_at - broken_at), default=None)

    def green_after(self, healed_at: float) -> float | None:
        known = [at + took - healed_at for at, status, took in self.asked if at >= healed_at and status == GREEN]
        return min(known, default=None)

    def slowest(self, broken_at: float, healed_at: float) -> float:
        """The answer that took longest meanwhile; PATIENCE_S or more if one did not come."""
        return max((took for at, _, took in self.asked if broken_at <= at <= healed_at), default=0.0)

    def _ask(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()


@contextmanager
def watching() -> Iterator[Readiness]:
    readiness = Readiness(free_port())
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "1"]
    options = ["--blocking-threads", "4", "--port", str(readiness.port), "--log-level", "error"]
    # Its processes form a group, so that all of them end with it.
    process = subprocess.Popen(
        [*server, *options, "config.wsgi:application"], cwd=PROJECT, env=os.environ, start_new_session=True
    )
    watcher = threading.Thread(target=readiness.watch, daemon=True)
    watcher.start()
    try:
        yield readiness
    finally:
        readiness.stop()
        watcher.join()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
