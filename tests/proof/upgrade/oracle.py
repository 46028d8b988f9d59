"""What became of all slots, asked of the database in plain SQL: the tables are those of whatever release is there."""

import sqlite3
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

PATIENCE_S: Final = 180  # after the last slot

WAITING: Final = """
    SELECT (SELECT count(*) FROM tasks_app_accounttask WHERE next_run_at IS NOT NULL)
    + (SELECT count(*) FROM tasks_app_taskrun WHERE finished_at IS NULL)
"""
RUNS: Final = "SELECT id, account_task_id, due_at, state FROM tasks_app_taskrun WHERE due_at IS NOT NULL"

# Finished runs once more, with their attempts: of earlier days, with the keys that those days have.
HISTORY: Final = (
    """
    CREATE TABLE the_old_ones AS SELECT run.id, number,
    (lpad(to_hex((extract(epoch FROM run.due_at - number * interval '1 minute') * 1000)::bigint), 12, '0')
    || '7' || substr(md5(run.id::text || number), 1, 3)
    || 'a' || substr(md5(run.id::text || number), 4, 15))::uuid AS new
    FROM (SELECT * FROM tasks_app_taskrun WHERE state = 'SUCCEEDED' AND due_at IS NOT NULL LIMIT 10) AS run,
    generate_series(1, %s) AS number
    """,
    """
    INSERT INTO tasks_app_taskrun SELECT (jsonb_populate_record(run, jsonb_build_object(
        'id', new, 'due_at', run.due_at - number * interval '1 minute'
    ))).* FROM the_old_ones JOIN tasks_app_taskrun AS run USING (id)
    """,
    """
    INSERT INTO tasks_app_attempt SELECT (jsonb_populate_record(attempt, jsonb_build_object(
        'id', gen_random_uuid(), 'run_id', new
    ))).* FROM the_old_ones JOIN tasks_app_attempt AS attempt ON attempt.run_id = the_old_ones.id
    """,
)

OF_HISTORY: Final = "SELECT DISTINCT account_task_id FROM the_old_ones JOIN tasks_app_taskrun USING (id)"


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
    with psycopg.connect(url, autocommit=True) as server:
        return server.execute(query.encode()).fetchall()


def make_history(url: str, number: int) -> set[str]:
    """So many finished runs of long ago; on PostgreSQL alone. The account tasks that have them, ten or fewer."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(HISTORY[0].replace("%s", str(number // 10)).encode())
        for statement in HISTORY[1:]:
            server.execute(statement.encode())
        return {plain(key) for (key,) in server.execute(OF_HISTORY).fetchall()}


def wait_until_calm(url: str) -> None:
    """Until everything is done, or it is clear that it never will be."""
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at and ask(url, WAITING) != [(0,)]:
        time.sleep(1)


@dataclass(frozen=True)
class Run:
    key: str
    account_task: str
    slot: str
    state: str


def runs(url: str, among: Collection[str]) -> list[Run]:
    """Those of slots, of these account tasks."""
    wanted = set(among)
    found = [Run(plain(key), plain(row), str(slot), state) for key, row, slot, state in ask(url, RUNS)]
    return [run for run in found if run.account_task in wanted]


def calls(ledger: Path) -> Counter[str]:
    """How often the receiver was called with each ID."""
    return Counter(plain(line) for line in ledger.read_text().split())


def wrong(url: str, expected: Collection[str], called: Counter[str]) -> dict[str, int]:
    """What must be zero. expected: IDs of account tasks, each of which has one slot."""
    found = runs(url, expected)
    one_of_each = Counter(run.account_task for run in found)
    succeeded = {run.key for run in found if run.state == "SUCCEEDED"}
    return {
        "lost": len(set(expected) - set(one_of_each)),
        "double": sum(number > 1 for number in one_of_each.values()),
        "unfinished": int(ask(url, WAITING)[0][0]),
        "not succeeded": sum(run.key not in succeeded for run in found),
        "succeeded without a call": len(succeeded - set(called)),
    }


def plain(key: object) -> str:
    """However a GUID is written."""
    return str(key).replace("-", "").lower()
