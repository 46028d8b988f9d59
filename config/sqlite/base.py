"""
Django's SQLite, but for how those who write wait for each other: threads of one process in a queue, processes by
looking again soon. SQLite has them sleep for up to a tenth of a second, with a few of them some for seconds.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

MAPPED = 2**30  # bytes of the file at most
FIRST_PAUSE, LONGEST_PAUSE = 0.0003, 0.01  # seconds until one looks again, each time a fifth more

_turn = Lock()


@dataclass
class Answer:
    """Of a statement, as a cursor has it."""

    rows: list[Any]
    rowcount: int

    def fetchone(self) -> Any:
        return self.rows.pop(0) if self.rows else None

    def fetchall(self) -> list[Any]:
        return self.rows


class Cursor(base.SQLiteCursorWrapper):
    """patience: seconds for which a statement that finds the database locked is tried again."""

    patience: float

    def execute(self, query: str, params: Any = None) -> Any:
        if self.connection.in_transaction:  # which has its lock from the beginning on
            return super().execute(query, params)
        give_up_at, pause = time.monotonic() + self.patience, FIRST_PAUSE
        while True:
            try:
                return super().execute(query, params)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= give_up_at:
                    raise
            time.sleep(pause)
            pause = min(1.2 * pause, LONGEST_PAUSE)

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        """As SQLite's driver wants it: `?` for `%s`. Django's expression takes three times as long."""
        if param_names or "%%s" in query:  # only the expression tells the two apart
            return super().convert_query(query, param_names=param_names)
        return query.replace("%s", "?").replace("%%", "%")


class DatabaseWrapper(base.DatabaseWrapper):
    """is_of_creates: whether it writes all the time, what comes together."""

    is_of_creates = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._has_turn = False

    def init_connection_state(self) -> None:
        super().init_connection_state()
        self.connection.execute("PRAGMA busy_timeout = 0")  # from now on our cursors wait
        # What is read comes from the page cache of the system, without a call for each page. It is mapped anew each
        # time that the log has gone into the file, which is a loss for whoever writes all the time.
        mapped = 0 if self.is_of_creates else MAPPED
        self.connection.execute(f"PRAGMA mmap_size = {mapped}")

    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.patience = self._patience
        return cursor

    def executed(self, sql: str, values: Sequence[Any]) -> "Answer":
        """
        A statement that is not over keeps others from writing: all that it answers is read at once. Django's cursors,
        which look for whoever looks on, are there for those: tests, and DEBUG.
        """
        if self.execute_wrappers or self.queries_logged:
            with self.cursor() as cursor:
                cursor.execute(sql, values)
                return Answer(cursor.fetchall() if cursor.description else [], cursor.rowcount)
        self.ensure_connection()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors, closing(self.create_cursor()) as own:
            own.execute(sql, values)
            return Answer(own.fetchall() if own.description else [], own.rowcount)

    @property
    def _patience(self) -> float:
        return float(self.settings_dict["OPTIONS"]["timeout"])

    def _start_transaction_under_autocommit(self) -> None:
        if not _turn.acquire(timeout=self._patience):
            raise OperationalError("database is locked")
        self._has_turn = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        with self._last_of_turn():
            super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        with self._last_of_turn():
            super()._rollback()  # type: ignore[misc]

    def _close(self) -> None:
        with self._last_of_turn():
            super()._close()  # type: ignore[misc]

    @contextmanager
    def _last_of_turn(self) -> Iterator[None]:
        """Around what ends a transaction, if there is one: whether it succeeds or not, it is the next one's turn."""
        try:
            yield
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            _turn.release()
