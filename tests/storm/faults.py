"""Databases that something happens to: each is there as a context, with what harms it for so many seconds."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests import postgresql

MIB = 2**20


@dataclass(frozen=True)
class Place:
    """url: the straight way to the database. of_service: the one that the processes under test take."""

    url: str
    of_service: str
    harm: Callable[[float], None]


@contextmanager
def stopped() -> Iterator[Place]:
    """PostgreSQL crashes, and is started again."""
    with postgresql.running() as server:

        def harm(seconds: float) -> None:
            server.stop("immediate")
            time.sleep(seconds)
            server.start()

        yield Place(server.url, server.url, harm)


@contextmanager
def swallowed() -> Iterator[Place]:
    """The network swallows whatever is sent. Then new connections get through, while old ones stay silent for ever."""
    with _behind_a_proxy() as (server, url, proxy):

        def harm(seconds: float) -> None:
            proxy.send_signal(signal.SIGUSR1)
            time.sleep(seconds)
            proxy.send_signal(signal.SIGUSR2)

        yield Place(server.url, url, harm)


@contextmanager
def held_up() -> Iterator[Place]:
    """The network delivers nothing, and all of it later."""
    with _behind_a_proxy() as (server, url, proxy):
        yield Place(server.url, url, lambda seconds: _freeze([proxy.pid], seconds))


@contextmanager
def frozen() -> Iterator[Place]:
    """The processes of PostgreSQL that serve our connections don't go on, in the middle of whatever they do."""
    with postgresql.running() as server:

        def harm(seconds: float) -> None:
            ours = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            with psycopg.connect(server.url) as connection:
                pids = [pid for (pid,) in connection.execute(ours)]
            _freeze(pids, seconds)

        yield Place(server.url, server.url, harm)


@contextmanager
def full() -> Iterator[Place]:
    """The disk of PostgreSQL is full: it goes down, and is started again when there is room."""
    with _mounted("-t", "tmpfs", "-o", "size=256m", "tmpfs") as folder, _server_in(folder) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET max_wal_size = '48MB'")
            connection.execute("ALTER SYSTEM SET min_wal_size = '32MB'")
            connection.execute("SELECT pg_reload_conf()")

        def harm(seconds: float) -> None:
            _fill(folder, seconds)
            if not server.is_up():
                server.start()

        yield Place(server.url, server.url, harm)


@contextmanager
def read_only() -> Iterator[Place]:
    """PostgreSQL takes no writes, as one that has become a standby."""
    with postgresql.running() as server:

        def harm(seconds: float) -> None:
            for is_read_only in ("on", "off"):
                with psycopg.connect(server.url, autocommit=True) as connection:
                    connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {is_read_only}".encode())
                    connection.execute("SELECT pg_reload_conf()")
                time.sleep(seconds if is_read_only == "on" else 0)

        yield Place(server.url, server.url, harm)


@contextmanager
def stalled() -> Iterator[Place]:
    """The disk of PostgreSQL, which waits for it at each commit, takes nothing for a while."""
    with _disk() as folder, _server_in(folder, is_durable=True) as server:
        yield Place(server.url, server.url, lambda seconds: _stall(folder, seconds))


@contextmanager
def sqlite_full() -> Iterator[Place]:
    """The disk with the file of SQLite is full."""
    with _mounted("-t", "tmpfs", "-o", "size=64m", "tmpfs") as folder:
        url = f"sqlite:///{folder}/db.sqlite3"
        yield Place(url, url, lambda seconds: _fill(folder, seconds))


@contextmanager
def sqlite_stalled() -> Iterator[Place]:
    """The disk with the file of SQLite takes nothing for a while."""
    with _disk() as folder:
        url = f"sqlite:///{folder}/db.sqlite3"
        yield Place(url, url, lambda seconds: _stall(folder, seconds))


FAULTS: dict[str, Callable[[], AbstractContextManager[Place]]] = {
    each.__name__: each
    for each in (stopped, swallowed, held_up, frozen, full, read_only, stalled, sqlite_full, sqlite_stalled)
}


@contextmanager
def _behind_a_proxy() -> Iterator[tuple[postgresql.Server, str, "subprocess.Popen[bytes]"]]:
    with postgresql.running() as server:
        port = postgresql.free_port()
        proxy = subprocess.Popen([sys.executable, "-m", "tests.storm.proxy", str(port), str(server.port)])
        try:
            yield server, server.url.replace(str(server.port), str(port)), proxy
        finally:
            proxy.kill()
            proxy.wait()


def _freeze(pids: list[int], seconds: float) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@contextmanager
def _mounted(*what: str) -> Iterator[Path]:
    """Only root may."""
    folder = Path(tempfile.mkdtemp(prefix="fault-"))
    subprocess.run(["mount", *what, str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@contextmanager
def _disk() -> Iterator[Path]:
    """A file system of its own, in a file."""
    with tempfile.NamedTemporaryFile(prefix="fault-") as image:
        image.truncate(1024 * MIB)
        subprocess.run(["mkfs.ext4", "-q", "-F", image.name], check=True)
        with _mounted("-o", "loop", image.name) as folder:
            shutil.rmtree(folder / "lost+found")
            yield folder


@contextmanager
def _server_in(folder: Path, *, is_durable: bool = False) -> Iterator[postgresql.Server]:
    programs = postgresql.binaries()
    assert programs, "PostgreSQL is not installed on this machine"
    server = postgresql.Server(folder, programs, is_durable=is_durable)
    server.start()
    try:
        yield server
    finally:
        if server.is_up():
            server.stop("immediate")


def _fill(folder: Path, seconds: float) -> None:
    """Whatever room there is or comes is taken; then given back."""
    filler = folder / "filler"
    give_up_at = time.monotonic() + seconds
    with filler.open("ab", buffering=0) as file:
        while time.monotonic() < give_up_at:
            try:
                file.write(bytes(MIB // 16))
            except OSError:  # there is none at the moment
                time.sleep(0.05)
    filler.unlink()


def _stall(folder: Path, seconds: float) -> None:
    subprocess.run(["fsfreeze", "--freeze", str(folder)], check=True)
    try:
        time.sleep(seconds)
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", str(folder)], check=True)
