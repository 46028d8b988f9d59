"""What an upgrade could do to slots is seen: the oracle of `tests.proof.upgrade` on tables with one fault each."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.upgrade import oracle

TABLES = """
    CREATE TABLE tasks_app_accounttask (id TEXT, next_run_at TEXT);
    CREATE TABLE tasks_app_taskrun (id TEXT, account_task_id TEXT, due_at TEXT, state TEXT, finished_at TEXT);
    INSERT INTO tasks_app_accounttask VALUES ('a', NULL), ('b', NULL);
    INSERT INTO tasks_app_taskrun VALUES ('1', 'a', 'noon', 'SUCCEEDED', 'one'), ('2', 'b', 'noon', 'SUCCEEDED', 'one');
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "database")
    connection.executescript(TABLES)
    yield connection
    connection.close()


def wrong(tmp_path: Path, called: Counter[str] | None = None) -> dict[str, int]:
    found = oracle.wrong(f"sqlite:///{tmp_path / 'database'}", {"a", "b"}, called or Counter({"1": 1, "2": 1}))
    return {what: number for what, number in found.items() if number}


def test_nothing_is_wrong_where_all_is_well(database: sqlite3.Connection, tmp_path: Path) -> None:
    assert wrong(tmp_path) == {}


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("DELETE FROM tasks_app_taskrun WHERE id = '2'", {"lost": 1}),
        (
            "INSERT INTO tasks_app_taskrun VALUES ('3', 'a', 'noon', 'SUCCEEDED', 'one')",
            {"double": 1, "succeeded without a call": 1},
        ),
        ("UPDATE tasks_app_accounttask SET next_run_at = 'noon' WHERE id = 'a'", {"unfinished": 1}),
        (
            "UPDATE tasks_app_taskrun SET state = 'RUNNING', finished_at = NULL WHERE id = '1'",
            {"unfinished": 1, "not succeeded": 1},
        ),
        ("UPDATE tasks_app_taskrun SET state = 'FAILED' WHERE id = '1'", {"not succeeded": 1}),
    ],
)
def test_a_fault_is_seen(database: sqlite3.Connection, tmp_path: Path, fault: str, seen: dict[str, int]) -> None:
    with database:
        database.execute(fault)

    assert wrong(tmp_path) == seen


def test_a_success_that_the_receiver_does_not_know_is_seen(database: sqlite3.Connection, tmp_path: Path) -> None:
    assert wrong(tmp_path, Counter({"1": 1})) == {"succeeded without a call": 1}
