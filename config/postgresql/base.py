"""
Django's PostgreSQL, but for how it finds out that a connection has died, without asking the server, for how long it
waits for one that has fallen silent, how it reads moments, in a tenth of the time, and for the statements of each call
and each run, which share a cursor.
"""

import select
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.adapt import Buffer, Loader

from config.postgresql.patience import patience

LOCK_OF_CREATES_MS = 100  # after which a create waits by itself


class Connection(psycopg.Connection[Any]):
    """
    Gives up one that has fallen silent. The server ends what takes it too long; but if it is frozen, or the network
    swallows what is sent while the connection stays open, nothing ever comes, and a thread would wait for ever.
    """

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, patience() if timeout is None else timeout)
        except psycopg.OperationalError:
            # After a time-out it is in the middle of an exchange: nobody must go on with it.
            if timeout is None and self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise

    @cached_property
    def shared_cursor(self) -> psycopg.Cursor[Any]:
        return self.cursor()


class MomentLoader(Loader):
    """Moments in the ISO form that PostgreSQL writes them in; the connection's time zone is that of the project."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(bytes(data).decode())


class DatabaseWrapper(base.DatabaseWrapper):
    """is_of_creates: whether what it waits for keeps the creates of all accounts waiting."""

    is_of_creates = False
    Database: Any = SimpleNamespace(**vars(psycopg) | {"connect": Connection.connect})

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if self.timezone == UTC:
            connection.adapters.register_loader("timestamptz", MomentLoader)
        return connection

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if self.is_of_creates:
            self.connection.execute(f"SET lock_timeout = {LOCK_OF_CREATES_MS}")

    def executed(self, sql: str, values: Sequence[Any]) -> Any:
        """
        The cursor with which the statement was executed; what it answers has to be read before the next one. Django's
        cursors, made anew for each, are there for whoever looks on: tests, and DEBUG.
        """
        if self.execute_wrappers or self.queries_logged:
            cursor: Any = self.cursor()
            cursor.execute(sql, values)
            return cursor
        self.close_if_health_check_failed()
        if self.connection is None:
            self.ensure_connection()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            return self.connection.shared_cursor.execute(sql, values)

    def is_usable(self) -> bool:
        """
        Whether nothing has come from the server since its last answer. One that ends a connection says so, or the
        system does in its place: an idle connection with something to read is none to go on with. Django would send a
        statement, before each call, that takes as long as another of the few that a call needs.
        """
        if self.connection is None or self.connection.closed:
            return False
        ready = select.poll()
        ready.register(self.connection.fileno(), select.POLLIN)
        return not ready.poll(0)
