"""Creates over HTTP, all the time, to all web servers that a balancer knows; each has a slot a moment later."""

import http.client
import itertools
import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.acceptance.service import Service
from tests.proof.upgrade.oracle import plain

PATH: Final = "/api/v2/admin/tasks/account"
PATIENCE_S: Final = 60
THREADS: Final = 4
PAUSE_S: Final = 0.2  # of each thread, between two creates
BATCH: Final = 1_000


@dataclass
class Caller:
    """A client of the account, and a task that calls the receiver."""

    token: str
    task_id: str
    receiver: str

    def body(self, slot: datetime, what: str) -> dict[str, str]:
        return {
            "TaskID": self.task_id,
            "Frequency": "NONE",
            "StartDate": slot.isoformat(),
            "Parameters": json.dumps({"Url": self.receiver, "Body": what}),
            "ContentType": "application/json",
        }

    def post(self, service: Service, path: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        fields = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"} | headers
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE_S)
        try:
            connection.request("POST", path, json.dumps(body), fields)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if response.status < 300 else {"text": text.decode()}
        finally:
            connection.close()

    def register(self, service: Service, number: int, first_at: datetime, rate: float) -> set[str]:
        """So many account tasks of one slot each, so many slots a second. Their IDs."""
        made: set[str] = set()
        for begin in range(0, number, BATCH):
            numbers = range(begin, min(begin + BATCH, number))
            items = [self.body(first_at + timedelta(seconds=each / rate), f"registered {each}") for each in numbers]
            status, answer = self.post(service, f"{PATH}/batch", {"Items": items, "AllOrNothing": True})
            assert status == 200, answer
            made |= {plain(item["Detail"]["ID"]) for item in answer["ResponseData"]["Detail"]}
        return made


@dataclass
class Traffic:
    """
    broken: connections that were refused or cut off. Every second create has a key and is sent again then, to another
    server. failed: what was answered in its place. moments: when creates succeeded, by the monotonic clock.
    """

    caller: Caller
    servers: list[Service] = field(default_factory=list)
    made: set[str] = field(default_factory=set)
    moments: list[float] = field(default_factory=list)
    slowest: float = 0.0
    broken: int = 0
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers, self._turns, self._stop = itertools.count(), itertools.count(), threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._go_on, daemon=True) for _ in range(THREADS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def longest_gap(self, began: float = 0.0, ended: float = float("inf")) -> float:
        """Seconds between two creates that succeeded one after the other, of those around that time."""
        pairs = itertools.pairwise(sorted(self.moments))
        return max((after - before for before, after in pairs if after >= began and before <= ended), default=0.0)

    def _go_on(self) -> None:
        while not self._stop.wait(PAUSE_S):
            number = next(self._numbers)
            body = self.caller.body(datetime.now(UTC) + timedelta(seconds=1), f"created {number}")
            headers = {"Idempotency-Key": f"key {number}"} if number % 2 else {}
            with suppress(OSError, http.client.HTTPException):  # told by `broken`
                try:
                    self._create(body, headers)
                except (OSError, http.client.HTTPException):
                    with self._lock:
                        self.broken += 1
                    if headers:
                        self._create(body, headers)

    def _create(self, body: dict[str, str], headers: dict[str, str]) -> None:
        server = self.servers[next(self._turns) % len(self.servers)]
        began = time.monotonic()
        status, answer = self.caller.post(server, PATH, body, **headers)
        ended = time.monotonic()
        with self._lock:
            self.slowest = max(self.slowest, ended - began)
            if status == 201:
                self.made.add(plain(answer["ResponseData"]["Detail"]["ID"]))
                self.moments.append(ended)
            else:
                self.failed.append(f"{status} {answer['text'][:200]}")
