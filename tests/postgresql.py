"""
A PostgreSQL server of one's own on a private port, for as long as it is needed.

As a command it runs another one with DATABASE_URL set to such a server:

    python -m tests.postgresql python -m pytest
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/pgsql/bin")


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, None if PostgreSQL is not on this machine."""
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    found = [folder for place in PLACES for folder in Path("/").glob(place[1:]) if (folder / "initdb").exists()]
    return max(found, default=None)


class Server:
    """
    Started by `start`; `url` is that of its empty database. is_durable: it waits for the disk at each commit.
    settings: what else its configuration says.
    """

    def __init__(self, folder: Path, programs: Path, *, is_durable: bool = False, settings: str = "") -> None:
        self.is_durable = is_durable
        self._data = folder / "data"
        self._programs = programs
        # PostgreSQL refuses to run as root; Debian's package brings a user for it.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._is_running = False
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.write(settings)

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        if not self.is_durable:
            options += " -c fsync=off"
        self._is_running = True
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={self._data.parent / 'log'}", f"--options={options}")

    def stop(self, mode: str = "fast") -> None:
        """mode: fast, or immediate for a crash. Stopping a server that is stopped does nothing."""
        if not self._is_running:
            return
        self._is_running = False
        self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}")

    def is_up(self) -> bool:
        """Whether its first process is there; it may have ended by itself."""
        try:
            pid = (self._data / "postmaster.pid").read_text().split()[0]
        except FileNotFoundError:
            return False
        return Path("/proc", pid).exists()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), f"--pgdata={self._data}", *arguments]
        subprocess.run(command, user=self._user, cwd="/", check=True, stdout=subprocess.DEVNULL)


@contextmanager
def running(*, is_durable: bool = False, settings: str = "") -> Iterator[Server]:
    programs = binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed on this machine.")
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        server = Server(Path(folder), programs, is_durable=is_durable, settings=settings)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> int:
    with running() as server:
        return subprocess.run(sys.argv[1:], env=os.environ | {"DATABASE_URL": server.url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
