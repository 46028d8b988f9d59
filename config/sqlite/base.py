"""
Django's SQLite, but for how threads of one process wait for each other's transactions: in a queue. SQLite has those
who wait sleep, and look again after a while; with a few threads some of them wait for a second.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

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


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._has_turn = False

    def executed(self, sql: str, values: Sequence[Any]) -> "Answer":
        """A statement that is not over keeps others from writing: all that it answers is read at once."""
        with self.cursor() as cursor:
            cursor.execute(sql, values)
            return Answer(cursor.fetchall() if cursor.description else [], cursor.rowcount)

    def _start_transaction_under_autocommit(self) -> None:
        if not _turn.acquire(timeout=self.settings_dict["OPTIONS"]["timeout"]):
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
