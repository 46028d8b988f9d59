"""Our SQLite is Django's, but that threads wait for each other in a queue."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from clients_app.statements import executed
from config.sqlite import base
from tasks_app.models import Task
from tests import factories

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL lets all write at once"),
    pytest.mark.django_db(transaction=True),
]


def rename(to: str, patience_s: float = 20) -> str:
    """In another thread: how it went."""
    options = connection.settings_dict["OPTIONS"]  # of all threads
    usual, options["timeout"] = options["timeout"], patience_s
    try:
        with transaction.atomic():
            Task.objects.update(name=to)
    except OperationalError as error:
        return str(error)
    finally:
        options["timeout"] = usual
    return "done"


def renamed_at_once(to: str) -> str:
    """By a statement that is a transaction of its own."""
    Task.objects.update(name=to)
    return "done"


@pytest.fixture
def other_thread(transactional_db: None) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor
        executor.submit(lambda: connection.close()).result()


def test_a_transaction_may_write_from_its_beginning_on(transactional_db: None) -> None:
    another = sqlite3.connect(connection.settings_dict["NAME"], timeout=0)  # as another process has one

    with transaction.atomic():
        assert not Task.objects.exists()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            another.execute("BEGIN IMMEDIATE")

    another.close()


def test_a_transaction_waits_until_the_other_one_is_over(other_thread: ThreadPoolExecutor) -> None:
    factories.task()
    with transaction.atomic():
        waiting = other_thread.submit(rename, "second")
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        assert base._turn.locked()
        Task.objects.update(name="first")

    assert waiting.result(timeout=20) == "done"
    assert Task.objects.get().name == "second"
    assert not base._turn.locked()


def test_it_does_not_wait_for_ever(other_thread: ThreadPoolExecutor) -> None:
    factories.task()
    with transaction.atomic():
        assert other_thread.submit(rename, "second", 0.1).result(timeout=20) == "database is locked"

    assert other_thread.submit(rename, "second").result(timeout=20) == "done"


@pytest.mark.parametrize("how", ["an error", "no connection"])
def test_what_ends_badly_keeps_nobody_waiting(other_thread: ThreadPoolExecutor, how: str) -> None:
    factories.task()
    with pytest.raises((ZeroDivisionError, OperationalError)), transaction.atomic():  # noqa: PT012
        Task.objects.update(name="never")
        if how == "no connection":
            connection.close()
        1 / 0  # noqa: B018

    assert other_thread.submit(rename, "second").result(timeout=20) == "done"
    assert Task.objects.get().name == "second"


def test_whoever_gets_no_lock_gives_the_turn_back(other_thread: ThreadPoolExecutor) -> None:
    factories.task()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")  # as another process would: it has no turn here
        assert other_thread.submit(rename, "second", 0.1).result(timeout=20) == "database is locked"
        cursor.execute("ROLLBACK")

    assert other_thread.submit(rename, "second").result(timeout=20) == "done"


@pytest.mark.parametrize("how", ["a statement", "a transaction"])
def test_a_lock_of_another_process_is_taken_as_soon_as_it_is_free(
    transactional_db: None, other_thread: ThreadPoolExecutor, how: str
) -> None:
    factories.task()
    another = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    another.execute("BEGIN IMMEDIATE")

    waiting = other_thread.submit(rename if how == "a transaction" else renamed_at_once, "second")
    with pytest.raises(TimeoutError):
        waiting.result(timeout=0.3)
    another.execute("ROLLBACK")
    began = time.monotonic()

    assert waiting.result(timeout=20) == "done"
    assert time.monotonic() - began < 10 * base.LONGEST_PAUSE + 0.1
    another.close()


def test_what_is_wrong_with_a_statement_is_said_at_once(transactional_db: None) -> None:
    began = time.monotonic()

    with pytest.raises(OperationalError, match="no such table"):
        executed("SELECT * FROM nowhere", [])

    assert time.monotonic() - began < 5


@pytest.mark.parametrize("is_of_creates", [False, True])
def test_who_reads_has_the_file_mapped(transactional_db: None, is_of_creates: bool) -> None:
    own: Any = connections.create_connection("default")
    own.is_of_creates = is_of_creates

    with own.cursor() as cursor:
        cursor.execute("PRAGMA mmap_size")
        mapped = cursor.fetchone()

    assert mapped in ((base.MAPPED,), None) if not is_of_creates else mapped in ((0,), None)
    own.close()


@pytest.mark.parametrize("text", ["100%", "%s", "%%s %"])
def test_statements_are_those_of_django(transactional_db: None, text: str) -> None:
    sql = f"SELECT %s, '{text.replace('%', '%%')}', '?'"

    assert executed(sql, ["%s"]).fetchall() == [("%s", text, "?")]
    with connection.cursor() as cursor:
        assert cursor.execute(sql, ["%s"]).fetchall() == [("%s", text, "?")]
        assert cursor.execute("SELECT %(a)s, %(b)s", {"a": 1, "b": 2}).fetchall() == [(1, 2)]
        assert cursor.execute("SELECT '%s'").fetchall() == [("%s",)]


def test_no_statement_keeps_others_from_writing_when_it_has_answered(other_thread: ThreadPoolExecutor) -> None:
    for _ in range(2):
        factories.task()
    kept = [executed("UPDATE tasks_app_task SET name = %s RETURNING id, name", ["first"])]

    assert other_thread.submit(rename, "second", 0.1).result(timeout=20) == "done"
    assert [kept[0].fetchone()[1], kept[0].fetchall()[0][1], kept[0].rowcount] == ["first", "first", 2]
    assert executed("SELECT 1 WHERE %s", [False]).fetchone() is None
