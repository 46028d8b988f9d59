"""Our PostgreSQL is Django's but for the time that it takes."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, close_old_connections, connection, transaction
from django.db.backends.postgresql import psycopg_any
from django.db.transaction import TransactionManagementError
from django.test import Client as Http
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import connector_params
from psycopg import postgres
from pytest_django import Settings

from clients_app.statements import executed
from config import urls
from config.postgresql.base import MomentLoader
from config.postgresql.patience import impatient, patience
from tasks_app import clock, health
from tasks_app.engine import distributed
from tests import postgresql
from tests.acceptance.service import wait_until

Execute = Callable[[str, list[Any]], Any]
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server")

MOMENTS = [
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, 59, 100, tzinfo=UTC),
    datetime(1883, 11, 18, 12, 3, 58, 999_999, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, 500_000, tzinfo=UTC),
]


def by_django(sql: str, values: list[Any]) -> Any:
    cursor = connection.cursor()
    cursor.execute(sql, values)
    return cursor


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no type for moments")
@pytest.mark.django_db
@pytest.mark.parametrize("moment", MOMENTS)
def test_moments_are_read_as_django_reads_them(moment: datetime) -> None:
    read = asked("SELECT %s::timestamptz, ARRAY[%s::timestamptz]", moment)
    adapters = connection.connection.adapters

    assert adapters.get_loader(postgres.types["timestamptz"].oid, psycopg.pq.Format.TEXT) is MomentLoader
    adapters.register_loader("timestamptz", DjangosLoader)
    by_django = asked("SELECT %s::timestamptz, ARRAY[%s::timestamptz]", moment)
    adapters.register_loader("timestamptz", MomentLoader)

    assert repr(read) == repr(by_django) == repr((moment, [moment]))


@on_postgresql
@pytest.mark.django_db
def test_nothing_waits_for_ever() -> None:
    limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(['current_setting(%s)'] * len(limits))}", limits)

        assert cursor.fetchone() == ("30s", "15s", "1min")


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("execute", [by_django, executed])
def test_a_connection_that_has_died_is_replaced(execute: Execute) -> None:
    first, another = pid(execute), connection.copy()
    with another.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    another.close()

    close_old_connections()  # as before each request

    assert pid(execute) != first


@on_postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("execute", [by_django, executed])
def test_errors_are_those_of_django(execute: Execute) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        execute("INSERT INTO clients_app_account (id) VALUES (NULL)", [])
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            execute("SELECT 1", [])


@on_postgresql
@pytest.mark.django_db
def test_whoever_looks_on_sees_each_statement() -> None:
    seen = []

    def look_on(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(look_on), CaptureQueriesContext(connection) as queries:
        executed("SELECT 1", [])
    executed("SELECT 2", [])

    assert (seen, [query["sql"] for query in queries]) == (["SELECT 1"], ["SELECT 1"])


def pid(execute: Execute) -> int:
    (number,) = execute("SELECT pg_backend_pid()", []).fetchone()
    return int(number)


class DjangosLoader(psycopg_any.BaseTzLoader):  # type: ignore[misc]
    timezone = UTC


def asked(statement: str, moment: datetime) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, [moment, moment])
        return cursor.fetchone()


@pytest.fixture
def network() -> Iterator["subprocess.Popen[bytes]"]:
    """A way to the database that falls silent at SIGUSR1; Django's connection goes by it."""
    port, target = postgresql.free_port(), int(connection.settings_dict["PORT"] or 5432)
    command = [sys.executable, "-m", "tests.storm.proxy", str(port), str(target)]
    with subprocess.Popen(command) as process, pytest.MonkeyPatch.context() as patch:
        connection.close()
        patch.setitem(connection.settings_dict, "PORT", port)
        wait_until(is_there)
        yield process
        connection.close()
        process.kill()


def is_there() -> bool:
    try:
        connection.ensure_connection()
    except DatabaseError:
        return False
    return True


on_this_machine = pytest.mark.skipif(
    connection.vendor != "postgresql" or connection.settings_dict["HOST"] not in ("127.0.0.1", "localhost"),
    reason="SQLite has no network, and the proxy leads to this machine",
)


@on_this_machine
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_falls_silent_is_given_up(network: "subprocess.Popen[bytes]") -> None:
    clock.now()
    network.send_signal(signal.SIGUSR1)
    began = time.monotonic()

    with impatient(0.5), pytest.raises(DatabaseError):
        clock.now()

    assert time.monotonic() - began < 2
    assert not connection.is_usable()
    network.send_signal(signal.SIGUSR2)
    connection.close()
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(("seconds", "longest"), [(30, 35), (600, 605), (0, None)])
def test_an_answer_is_waited_for_longer_than_a_statement_may_take(
    settings: Settings, seconds: int, longest: float | None
) -> None:
    settings.STATEMENT_SECONDS = seconds

    assert patience() == longest
    with impatient(3):
        assert patience() == 3
    assert patience() == longest


@on_this_machine
@pytest.mark.django_db(transaction=True)
def test_readiness_answers_while_the_database_is_silent(
    network: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urls, "LONGEST_ANSWER", 0.5)
    health.beat(health.DISPATCHER, now=clock.now())
    assert Http().get("/readyz").status_code == 200
    network.send_signal(signal.SIGUSR1)
    began = time.monotonic()

    answer = Http().get("/readyz")

    assert (answer.status_code, answer.content) == (503, b"The database can't be reached.\n")
    assert time.monotonic() - began < 2


@on_this_machine
@pytest.mark.django_db(transaction=True)
def test_the_engine_gives_up_a_connection_that_falls_silent(
    network: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed, "SILENCE_SECONDS", 0.5)

    async def ask() -> None:
        silent = await distributed._Connection.connect(**connector_params())
        await silent.execute("SELECT 1")
        network.send_signal(signal.SIGUSR1)
        with pytest.raises(psycopg.OperationalError):
            await silent.execute("SELECT 1")
        assert silent.closed

    began = time.monotonic()
    asyncio.run(ask())

    assert time.monotonic() - began < 3
