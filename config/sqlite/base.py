"""
Django's SQLite, but for how transactions wait for each other. SQLite has those who wait sleep, and look again after a
while that grows to a tenth of a second, so that with a few threads some of them wait for a second. Here the threads of
a process wait in a queue, and the first of each process looks again at once.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from time import monotonic, sleep
from typing import Any, Final

from django.db import OperationalError
from django.db.backends.sqlite3 import base

PAUSE: Final = 0.0005  # seconds, until it looks again whether another process is done

_turn = Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._has_turn = False

    def executed(self, sql: str, values: Sequence[Any]) -> Any:
        """The cursor with which the statement was executed."""
        cursor = self.cursor()
        cursor.execute(sql, values)
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        patience: float = self.settings_dict["OPTIONS"]["timeout"]
        deadline = monotonic() + patience
        if not _turn.acquire(timeout=patience):
            raise OperationalError("database is locked")
        self._has_turn = True
        try:
            self._wait_for(0)
            try:
                while not self._has_begun():
                    if monotonic() >= deadline:
                        raise OperationalError("database is locked")
                    sleep(PAUSE)
            finally:
                self._wait_for(patience)
        except BaseException:
            self._end_turn()
            raise

    def _has_begun(self) -> bool:
        """Not while another process is at it."""
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except OperationalError as error:
            if getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:  # of several kinds
                return False
            raise
        return True

    def _wait_for(self, seconds: float) -> None:
        """So long a statement waits for others, in the way of SQLite."""
        self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")

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
