"""Redis, the broker of some peers: a server of one's own on a private port, which keeps nothing on the disk."""

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.acceptance.service import wait_until
from tests.postgresql import free_port

MISSING = "redis-server is not on this machine: apt-get install redis-server"


@dataclass(frozen=True)
class Broker:
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def ask(self, *words: str) -> str:
        """The first line of the answer to a command, without its sign."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall((" ".join(words) + "\r\n").encode())
            return connection.makefile().readline()[1:].strip()

    def length(self, name: str) -> int:
        """Of a list."""
        return int(self.ask("LLEN", name))

    def is_up(self) -> bool:
        try:
            return self.ask("PING") == "PONG"
        except OSError:
            return False


@contextmanager
def running() -> Iterator[Broker]:
    program = shutil.which("redis-server")
    if program is None:
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        port = free_port()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        try:
            broker = Broker(port, process.pid)
            wait_until(broker.is_up)
            yield broker
        finally:
            process.terminate()
            process.wait()
