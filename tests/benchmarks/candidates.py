"""The applications that are compared, each as a process with a port and a database of its own."""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.acceptance.service import PATIENCE_S, PROJECT
from tests.benchmarks import machine, places, product
from tests.benchmarks.peers import rows
from tests.postgresql import free_port

PORT: Final = "{port}"  # filled in
SERVER: Final = ("--workers", "2", "--log-level", "warning", "--port", PORT)
# As many at work at once as in the product.
WSGI: Final = ("granian", *SERVER, "--interface", "wsgi", "--no-ws", "--blocking-threads", "4")
ASGI: Final = ("uvicorn", *SERVER, "--no-access-log", "--loop", "uvloop", "--http", "httptools")
DJANGO: Final = "tests.benchmarks.peers.wsgi:application"


@dataclass(frozen=True)
class Kind:
    """command: of a Python module. peer: the module that Django finds in PEER. table: where its account tasks are."""

    name: str
    command: tuple[str, ...]
    peer: str = ""
    table: str = "account_tasks"


PRODUCT: Final = Kind("the product", ("honcho", "--env", "/dev/null", "start"), table="tasks_app_accounttask")
FLOOR: Final = Kind("floor", (*WSGI, "tests.benchmarks.peers.floor:application"))
FASTAPI: Final = Kind("FastAPI + SQLAlchemy", (*ASGI, "tests.benchmarks.peers.fastapi_sqlalchemy:app"))
NINJA: Final = Kind("django-ninja", (*WSGI, DJANGO), "tests.benchmarks.peers.django_ninja")
PLAIN_DRF: Final = Kind("plain DRF", (*WSGI, DJANGO), "tests.benchmarks.peers.plain_drf")
PEERS: Final = (FLOOR, FASTAPI, NINJA, PLAIN_DRF)
ALL: Final = (*PEERS, PRODUCT)


@dataclass(frozen=True)
class Candidate:
    kind: Kind
    url: str
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        return machine.cpu_seconds(machine.tree(self.pid))

    def resident_mb(self) -> float:
        return machine.resident_mb(machine.tree(self.pid))

    @contextmanager
    def resting(self) -> Iterator[None]:
        """It does nothing at all in the block, not even what it does when nobody calls."""
        members = machine.tree(self.pid)
        for pid in members:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in members:
                os.kill(pid, signal.SIGCONT)

    def count(self) -> int:
        """Its account tasks."""
        return places.count(self.url, self.kind.table)

    def is_up(self) -> bool:
        try:
            self.call(b"", {})
        except OSError:
            return False
        return True

    def call(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("POST", "/api/v2/admin/tasks/account", body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@contextmanager
def running(kind: Kind, place: places.Place) -> Iterator[Candidate]:
    """With all callers in its database, until the end of the block."""
    url, port = place.new(kind.name.replace(" ", "_").replace("-", "_").replace("+", "and").lower()), free_port()
    if kind is PRODUCT:
        product.fill(url)
    else:
        rows.fill(url)
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environ = os.environ | {"DATABASE_URL": url, "PORT": str(port), "PEER": kind.peer, "PATH": programs}
    command = [sys.executable, "-m", *(str(port) if word == PORT else word for word in kind.command)]
    with tempfile.NamedTemporaryFile(prefix="candidate-") as log:
        process = subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=log, stderr=subprocess.STDOUT)
        try:
            candidate = Candidate(kind, url, port, process.pid)
            _wait(candidate, process, Path(log.name))
            yield candidate
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _wait(candidate: Candidate, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not candidate.is_up():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{candidate.kind.name} does not come up:\n{log.read_text()}")
        time.sleep(0.1)
