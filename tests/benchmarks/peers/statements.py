"""The two statements of the floor, on PostgreSQL through a pool and on SQLite with a connection for each thread."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg_pool import ConnectionPool

from tests.benchmarks.peers import rows

THREADS = 4  # of each worker of the server
Execute = Callable[[Any, tuple[object, ...]], Any]

CALLER = """
    SELECT clients.id, clients.account_id, users.id, users.email, tasks.name
    FROM tokens
    JOIN clients ON clients.id = tokens.client_id
    JOIN users ON users.id = clients.user_id
    LEFT JOIN tasks ON tasks.id = %s AND tasks.is_enabled
    WHERE tokens.digest = %s AND tokens.expires_at > %s AND clients.revoked_at IS NULL
"""
INSERT = """
    INSERT INTO account_tasks (
        id, account_id, client_id, created_at, modified_at, modified_by, task_id, frequency, start_at, finish_at,
        parameters, content_type, notification, is_enabled, status
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class Caller(NamedTuple):
    """task_name: None if there is no such task."""

    client_id: UUID
    account_id: UUID
    user_id: UUID
    email: str
    task_name: str | None


class AccountTask(NamedTuple):
    """A row in the order of INSERT."""

    id: UUID
    account_id: UUID
    client_id: UUID
    created_at: datetime
    modified_at: datetime
    modified_by: str
    task_id: UUID
    frequency: str
    start_at: datetime | None
    finish_at: datetime | None
    parameters: str
    content_type: str
    notification: str
    is_enabled: bool = True
    status: str = "PENDING"


class PostgreSQL:
    def __init__(self, url: str) -> None:
        options = {"autocommit": True, "prepare_threshold": 1}
        self._pool = ConnectionPool(url, min_size=THREADS, max_size=THREADS, kwargs=options, open=True)

    @contextmanager
    def executing(self) -> Iterator[Execute]:
        with self._pool.connection() as connection:
            yield connection.execute


class SQLite:
    def __init__(self, path: str) -> None:
        self._path = path
        self._of_thread = threading.local()

    @contextmanager
    def executing(self) -> Iterator[Execute]:
        yield self._execute

    def _execute(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=20, isolation_level=None)
            connection.executescript(rows.SQLITE)
            self._of_thread.connection = connection
        return connection.execute(statement.replace("%s", "?"), tuple(map(rows.plain, values)))


def connected(url: str) -> PostgreSQL | SQLite:
    path = rows.sqlite_path(url)
    return SQLite(path) if path else PostgreSQL(url)


def caller(execute: Execute, *, digest: str, task_id: UUID, now: datetime) -> Caller | None:
    found = execute(CALLER, (task_id, digest, now)).fetchone()
    if found is None:
        return None
    client_id, account_id, user_id, email, task_name = found
    return Caller(_key(client_id), _key(account_id), _key(user_id), email, task_name)


def insert(execute: Execute, row: AccountTask) -> None:
    execute(INSERT, row)


def _key(value: UUID | str) -> UUID:
    """SQLite has texts."""
    return value if isinstance(value, UUID) else UUID(value)
