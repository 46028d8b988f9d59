"""
A net under the database layer: every call of it is seen and counted, and one of them can fail. Calls are statements,
commits, rollbacks and new connections of Django, and the statements of procrastinate, which has connections of its own.
"""

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector

LOST = "the connection was lost"

_is_seen: ContextVar[bool] = ContextVar("is_seen", default=False)


class Mode(StrEnum):
    """When the connection is lost. AFTER: what was asked is done, and nobody hears of it."""

    BEFORE = "before"
    AFTER = "after"


@dataclass
class Net:
    """plan: which mode, if any, fails the call with that number, from 1 on. is_meant: whether calls count just now."""

    plan: Callable[[int], Mode | None] = lambda number: None
    is_meant: Callable[[], bool] = lambda: True
    sites: list[str] = field(default_factory=list)
    failed: Counter[tuple[str, Mode]] = field(default_factory=Counter)
    blind: int = 0
    """Exchanges with the database that were no call."""

    def cast(self, plan: Callable[[int], Mode | None] = lambda number: None) -> None:
        """From now on calls are counted anew."""
        self.plan = plan
        self.sites.clear()
        self.failed.clear()

    def call(self, site: str, do: Callable[[], Any], lose: Callable[[], None]) -> Any:
        """lose: loses the connection and raises what its driver raises then."""
        if _is_seen.get():  # part of another call
            return do()
        token = _is_seen.set(True)
        try:
            mode = self._planned(site)
            if mode == Mode.BEFORE:
                lose()
            done = do()
            if mode == Mode.AFTER:
                lose()
            return done
        finally:
            _is_seen.reset(token)

    async def call_async(self, site: str, do: Callable[[], Any]) -> Any:
        token = _is_seen.set(True)
        try:
            mode = self._planned(site)
            if mode == Mode.BEFORE:
                raise ConnectorException from psycopg.OperationalError(LOST)
            done = await do()
            if mode == Mode.AFTER:
                raise ConnectorException from psycopg.OperationalError(LOST)
            return done
        finally:
            _is_seen.reset(token)

    def note(self, *_: Any) -> None:
        """The driver speaks to the database."""
        if not _is_seen.get():
            self.blind += 1

    def _planned(self, site: str) -> Mode | None:
        if not self.is_meant():
            return None
        self.sites.append(site)
        mode = self.plan(len(self.sites))
        if mode:
            self.failed[site, mode] += 1
        return mode


@contextmanager
def spread() -> Iterator[Net]:
    """Under all threads of this process, until the end of the block; nothing is logged meanwhile."""
    net = Net()
    cursors: Any = CursorWrapper
    execute, connect = cursors._execute_with_wrappers, BaseDatabaseWrapper.connect
    ours: Any = type(connections[DEFAULT_DB_ALIAS])
    execute_shared = ours.executed

    def executed(self: Any, sql: str, params: Any, many: bool, executor: Any) -> Any:
        words = " ".join(str(sql).split()[:3])
        return net.call(words, lambda: execute(self, sql, params, many, executor), lambda: _lose(self.db))

    def shared(self: Any, sql: str, values: Any) -> Any:
        """By a cursor of ours, which has no hooks."""
        self.ensure_connection()
        words = " ".join(sql.split()[:3])
        return net.call(words, lambda: execute_shared(self, sql, values), lambda: _lose(self))

    def connected(self: Any) -> None:
        def do() -> None:
            connect(self)
            if self.vendor == "sqlite":
                self.connection.set_trace_callback(net.note)

        net.call("CONNECT", do, lambda: _lose(self))

    def ended(name: str) -> Any:
        end = getattr(BaseDatabaseWrapper, name)
        return lambda self: net.call(name.strip("_").upper(), lambda: end(self), lambda: _lose(self))

    def asked(name: str) -> Any:
        ask = getattr(PsycopgConnector, name)

        async def do(self: Any, query: str, **arguments: Any) -> Any:
            return await net.call_async("procrastinate", lambda: ask(self, query, **arguments))

        return do

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CursorWrapper, "_execute_with_wrappers", executed)
        patch.setattr(BaseDatabaseWrapper, "connect", connected)
        for name in ("_commit", "_rollback"):
            patch.setattr(BaseDatabaseWrapper, name, ended(name))
        for name in ("execute_query_async", "execute_query_one_async", "execute_query_all_async"):
            patch.setattr(PsycopgConnector, name, asked(name))
        patch.setattr(ours, "executed", shared)
        if connection.vendor == "postgresql":
            _note_waits(net, patch)
        connection.close()
        logging.disable(logging.CRITICAL)
        try:
            yield net
        finally:
            logging.disable(logging.NOTSET)
            connection.close()


def _note_waits(net: Net, patch: pytest.MonkeyPatch) -> None:
    """Each answer of PostgreSQL is waited for; so is NOTIFY by another kind of connection, which only makes haste."""
    wait, setting = psycopg.Connection.wait, psycopg.Connection.set_autocommit

    def waited(self: Any, *arguments: Any, **named: Any) -> Any:
        net.note()
        return wait(self, *arguments, **named)

    def set_autocommit(self: Any, value: bool) -> None:
        """Between transactions this asks nobody, though it goes by `wait`."""
        token = _is_seen.set(True)
        try:
            setting(self, value)
        finally:
            _is_seen.reset(token)

    patch.setattr(psycopg.Connection, "wait", waited)
    patch.setattr(psycopg.Connection, "set_autocommit", set_autocommit)


def _lose(database: Any) -> None:
    """
    PostgreSQL: the connection is gone, and so is what its transaction has done. SQLite, which has none: an error of the
    disk, after which it has taken back the transaction itself.
    """
    if database.connection is not None:
        if database.vendor == "sqlite":
            database.connection.rollback()
        else:
            with contextlib.suppress(psycopg.Error):
                database.connection.close()
    with database.wrap_database_errors:
        raise database.Database.OperationalError(LOST)
