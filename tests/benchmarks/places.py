"""Where the databases of candidates lie: one durable PostgreSQL server for all, or a folder with files of SQLite."""

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests import postgresql
from tests.benchmarks import machine
from tests.benchmarks.peers import rows


class Server:
    """On PostgreSQL. What it computes is told apart from what the applications compute."""

    def __init__(self, server: postgresql.Server) -> None:
        self._url = server.url
        with psycopg.connect(self._url) as connection:
            self._pid = machine.process_of(connection)

    def new(self, name: str) -> str:
        """The URL of an empty database."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"{self._url.rpartition('/')[0]}/{name}"

    def cpu_seconds(self) -> float:
        return machine.cpu_seconds(machine.tree(self._pid))


class Files:
    """On SQLite, which computes inside of the applications."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.sqlite3"

    def cpu_seconds(self) -> float:
        return 0


Place = Server | Files


@contextmanager
def opened(*, is_sqlite: bool) -> Iterator[Place]:
    if is_sqlite:
        with tempfile.TemporaryDirectory(prefix="databases-") as folder:
            yield Files(Path(folder))
        return
    with machine.durable_postgresql() as server:
        yield Server(server)


def count(url: str, table: str) -> int:
    """The rows of a table."""
    statement = f"SELECT COUNT(*) FROM {table}"  # noqa: S608 (a name of our own)
    if path := rows.sqlite_path(url):
        with contextlib.closing(sqlite3.connect(path)) as opened:
            return int(opened.execute(statement).fetchone()[0])
    with psycopg.connect(url) as connection:
        [number] = connection.execute(statement.encode()).fetchone() or [0]
        return int(number)
