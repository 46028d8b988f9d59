"""
    python -m tests.proof.soak                 half an hour at 100 runs a second, with 100,000 account tasks
    python -m tests.proof.soak --minutes 4     shorter; memory is then told, and judged by few runs

On PostgreSQL, with the real dispatcher and workers and a receiver that they call. Three times meanwhile all that is
over becomes a year old and `prune_runs` drops its month: what is left, and the tables, must not grow.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

import tests.environment  # noqa: F401 (secrets for the tests)
from tests import postgresql
from tests.benchmarks import machine
from tests.proof import figures
from tests.storm import crew, storm
from tests.storm.crew import Crew
from tests.storm.weather import Weather

RATE = 100  # runs a second
SCHEDULES = 100_000
CYCLES = 3
YEAR = timedelta(days=365)
AHEAD_S = 3.0  # from feeding a slot to when it is due
EVERY_S = 5.0  # between two looks at the memory
NAMES = ["run_worker", "run_worker", "run_dispatcher"]
TABLES = ("tasks_app_taskrun", "tasks_app_attempt", "procrastinate_jobs", "procrastinate_events")

Connection = psycopg.Connection[Any]

_FEED = """
    UPDATE tasks_app_accounttask AS task SET start_at = new.at, next_run_at = new.at
    FROM (
        SELECT id, to_timestamp(%s) + place * make_interval(secs => %s) AS at
        FROM unnest(%s::uuid[]) WITH ORDINALITY AS listed (id, place)
    ) AS new WHERE task.id = new.id
"""
# What is over becomes a year old, and its key, whose first 48 bits are milliseconds: so it moves to that of another
# month. How late it began is told by the same statement: each run once.
_DIGITS = "replace(KEY::text, '-', '')"
_MILLISECONDS = f"('x' || substr({_DIGITS}, 1, 12))::bit(48)::bigint - {YEAR // timedelta(milliseconds=1)}"
_OLD_KEY = f"(lpad(to_hex({_MILLISECONDS}), 12, '0') || substr({_DIGITS}, 13))::uuid"
_AGE = f"""
    WITH over AS (
        SELECT id FROM tasks_app_taskrun WHERE finished_at IS NOT NULL AND created_at > now() - interval '100 days'
    ), attempts AS (
        UPDATE tasks_app_attempt SET run_id = {_OLD_KEY.replace("KEY", "run_id")} WHERE run_id IN (SELECT id FROM over)
    )
    UPDATE tasks_app_taskrun SET id = {_OLD_KEY.replace("KEY", "id")}, created_at = created_at - interval '365 days',
        due_at = due_at - interval '365 days'
    WHERE id IN (SELECT id FROM over)
    RETURNING extract(epoch FROM started_at - due_at - interval '365 days')::float8
"""  # noqa: S608 (our own)


@dataclass
class Soak:
    """memory: of each process, runs so far and MiB. rows, sizes: of the history, of each table, after each pruning."""

    url: str
    seconds: float
    fed: int = 0
    lags: list[float] = field(default_factory=list)
    memory: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    sizes: list[dict[str, int]] = field(default_factory=list)

    def feed(self, keys: list[UUID], begin: float) -> None:
        """Slots for one second after the other, of one account task after the other."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for second in range(int(self.seconds)):
                time.sleep(max(0.0, begin + second - AHEAD_S - time.time()))
                some = [keys[(self.fed + number) % len(keys)] for number in range(RATE)]
                connection.execute(_FEED, [begin + second, 1 / RATE, some])
                self.fed += RATE

    def look_at_memory(self, members: Crew) -> None:
        for number, (name, process) in enumerate(zip(members.names, members.members, strict=True)):
            seen = self.memory.setdefault(f"{name.removeprefix('run_')} {number + 1}", [])
            seen.append((self.fed, machine.resident_mb({process.pid or 0})))

    def prune(self, connection: Connection) -> None:
        """What was measured is written down, what is over becomes old and goes."""
        from django.core.management import call_command

        from tasks_app import clock, partitions
        from tasks_app.models import Attempt, TaskRun

        partitions.prepare(clock.now() - YEAR)
        self.lags += [lag for (lag,) in connection.execute(_AGE.encode())]
        call_command("prune_runs", verbosity=0)
        connection.execute("VACUUM")
        self.rows.append(TaskRun.objects.count() + Attempt.objects.count())
        self.sizes.append({table: _size(connection, table) for table in TABLES})

    def slope(self, name: str) -> float:
        """MiB by 100,000 runs, after the first third."""
        runs, mb = zip(*self.memory[name][len(self.memory[name]) // 3 :], strict=True)
        return statistics.linear_regression(runs, mb).slope * 100_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    asked = parser.parse_args()
    with postgresql.running() as server:
        os.environ.update(storm.environ(server.url, Weather(runs=0, rate=RATE)))
        crew.prepare()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        soak = Soak(server.url, asked.minutes * 60)
        with _receiver() as port, psycopg.connect(server.url, autocommit=True) as connection:
            missing, plans = run(soak, connection, f"http://127.0.0.1:{port}/")
    return tell(soak, missing, plans)


def run(soak: Soak, connection: Connection, url: str) -> tuple[int, dict[str, str]]:
    """The number of slots that have no run that is over; plans of statements, while there is a history."""
    from django.db import connections

    from tasks_app import clock, partitions

    # As after some months: the table that a migration has made for all of before is gone.
    partitions.drop(partitions.month_after(clock.now()))
    partitions.prepare(clock.now())
    storm.register(Weather(runs=0, rate=RATE, bystanders=SCHEDULES), url)
    connection.execute("ANALYZE")
    keys = [key for (key,) in connection.execute("SELECT id FROM tasks_app_accounttask ORDER BY id")]
    connections.close_all()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        members = Crew(NAMES, Path(folder, "log"))
        begin = time.time() + 2 * AHEAD_S
        feeder = threading.Thread(target=soak.feed, args=(keys, begin), daemon=True)
        feeder.start()
        try:
            for cycle in range(1, CYCLES + 1):
                until = begin + soak.seconds * cycle / CYCLES
                while time.time() < until:
                    time.sleep(EVERY_S)
                    soak.look_at_memory(members)
                if cycle == CYCLES:
                    feeder.join()
                    _wait_until_done(connection)
                    connection.execute("ANALYZE")
                    plans = _plans()
                soak.prune(connection)
        finally:
            members.end()
    return soak.fed - len(soak.lags), plans


def tell(soak: Soak, missing: int, plans: dict[str, str]) -> int:
    lags = sorted(soak.lags)
    p50, p99, worst = (round(lags[place], 2) for place in (len(lags) // 2, len(lags) * 99 // 100, -1))
    what = f"{RATE} runs a second for {soak.seconds / 60:.0f} min, {SCHEDULES:,} account tasks, PostgreSQL"
    met = missing == 0 and p99 <= 2
    figures.tell(
        "T8",
        what,
        found=f"{len(lags):,} runs, lost {missing}; s from slot to start: p50 {p50}, p99 {p99}, at most {worst}",
        wanted="lost 0, p99 at most 2 s",
        met=met,
    )
    slopes = {name: soak.slope(name) for name in soak.memory}
    is_flat = max(slopes.values()) <= 1
    last = {name: seen[-1][1] for name, seen in soak.memory.items()}
    figures.tell(
        "T8",
        f"memory after the first third: {what}",
        found=", ".join(f"{name} {slope:+.2f} MiB ({last[name]:.0f} in the end)" for name, slope in slopes.items()),
        wanted="at most 1 MiB by 100,000 runs",
        met=is_flat,
    )
    sizes = [sum(size.values()) for size in soak.sizes]
    is_constant = soak.rows[-1] <= soak.rows[1] + 10 * RATE and sizes[-1] <= 1.2 * sizes[1]
    each = ", ".join(f"{table} {size / 2**20:.1f}" for table, size in soak.sizes[-1].items())
    figures.tell(
        "T8",
        f"after each of {CYCLES} prunings: {what}",
        found=f"rows of the history {soak.rows}, MiB {[round(size / 2**20, 1) for size in sizes]}; in the end {each}",
        wanted="no more rows, and no more than 1.2 times the size, than after the second",
        met=is_constant,
    )
    by_index = all("Seq Scan" not in plan and "Index" in plan for plan in plans.values())
    figures.tell(
        "T8",
        "plans of the database",
        found="; ".join(
            f"{name}: {' / '.join(line.strip() for line in plan.splitlines()[:4])}" for name, plan in plans.items()
        ),
        wanted="an index, no sequential scan",
        met=by_index,
    )
    return 0 if met and is_flat and is_constant and by_index else 1


@contextmanager
def _receiver() -> Iterator[int]:
    port = postgresql.free_port()
    with tempfile.NamedTemporaryFile(prefix="soak-") as ledger:
        process = subprocess.Popen([sys.executable, "-m", "tests.storm.receiver", str(port), ledger.name])
        try:
            yield port
        finally:
            process.kill()
            process.wait()


def _size(connection: Connection, table: str) -> int:
    """In bytes, with indexes, and with partitions if it has some."""
    partitions = "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0) FROM pg_inherits WHERE inhparent = t.oid"
    statement = f"SELECT pg_total_relation_size(t.oid) + ({partitions}) FROM (SELECT %s::regclass::oid) AS t (oid)"  # noqa: S608
    row = connection.execute(statement.encode(), [table]).fetchone()
    assert row
    return int(row[0] or 0)


def _wait_until_done(connection: Connection) -> None:
    give_up_at = time.monotonic() + 120
    unfinished = "SELECT count(*) FROM tasks_app_taskrun WHERE finished_at IS NULL"
    while connection.execute(unfinished).fetchone() != (0,) and time.monotonic() < give_up_at:
        time.sleep(0.5)


def _plans() -> dict[str, str]:
    from clients_app.models.keys import new_key
    from tasks_app import clock
    from tasks_app.models import AccountTask, TaskRun

    due = AccountTask.objects.due(clock.now()).order_by("next_run_at").values_list("id")
    return {
        "claim": TaskRun.objects.ready().filter(pk=new_key()).order_by().explain(),
        "what is due": due[:400].explain(),
    }


if __name__ == "__main__":
    sys.exit(main())
