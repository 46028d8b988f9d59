"""The machine while something is measured: what processes have used of it, and a database as one would run it."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests import postgresql
from tests.acceptance.service import PROJECT

TICKS = os.sysconf("SC_CLK_TCK")  # of /proc, in a second
GUIDE = PROJECT / "config" / "deploy" / "postgresql.conf"
OF_GUIDE = ("max_wal_size", "wal_compression", "checkpoint_timeout")
PAGE = os.sysconf("SC_PAGE_SIZE")  # bytes


def tree(pid: int) -> set[int]:
    """The process and all that come from it."""
    found = {pid}
    try:
        children = list(Path(f"/proc/{pid}/task").glob("*/children"))
    except FileNotFoundError:  # it has just gone
        children = []
    for path in children:
        for child in _read(path).split():
            found |= tree(int(child))
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """What the processes have computed so far, those of theirs that have ended included."""
    return sum(sum(map(int, _facts(pid)[11:15])) for pid in pids) / TICKS


def resident_mb(pids: Iterable[int]) -> float:
    return sum(int(_facts(pid)[21]) for pid in pids) * PAGE / 2**20


@contextmanager
def durable_postgresql() -> Iterator[postgresql.Server]:
    """
    A server of one's own as the guide has it in production: it waits for the disk at each commit, which the tests' one
    does not; a quarter of the memory is its own.
    """
    of_guide = [line for line in GUIDE.read_text().splitlines() if line.startswith(OF_GUIDE)]
    memory_mb = os.sysconf("SC_PHYS_PAGES") * PAGE // 2**20
    settings = "\n".join([*of_guide, f"shared_buffers = {memory_mb // 4}MB", ""])
    with postgresql.running(is_durable=True, settings=settings) as server:
        yield server


def process_of(connection: psycopg.Connection[tuple[Any, ...]]) -> int:
    """The process that all the others of a PostgreSQL server come from."""
    [(text,)] = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchall()
    return int(text.split()[0])


def _facts(pid: int) -> list[str]:
    """What `man proc_pid_stat` numbers from 3 on, zeros for a process that has gone."""
    return _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split() or ["0"] * 50


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
