"""
`python -m tests.benchmarks.dispatch`: how fast one dispatcher moves 20,000 slots that are due at once, among 10
thousand, a million and 10 million account tasks, in turn; then how late it is at a steady 1,000 slots a second among
the most of them, by its own command. On a durable PostgreSQL, a database each. All have run before; those that are due
were registered at moments scattered over a year, and lie as scattered in the table and its indexes.

Each page that is written for the first time since a checkpoint goes whole into the log. Half of the rounds come right
after one, where that is each page; half where all of them have been written since. What counts is the rate of all the
rounds. A service that dispatches without a pause is between the two: with the guide's settings a checkpoint comes after
some 200,000 slots among ten million account tasks, and by then they have written half as much each as the first ones.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import LiteralString

from tests.acceptance.service import PROJECT, Service
from tests.benchmarks import database, lag, machine, report, seeding
from tests.benchmarks.database import Connection
from tests.benchmarks.report import Target
from tests.benchmarks.seeding import AccountTasks

SIZES = "10000,1000000,10000000"
DUE, ROUNDS = 20_000, 4
MOST_LATE_MS, LEAST_RATE, FLATNESS = 100, 8_000, 0.8


@dataclass(frozen=True)
class Round:
    """rate: slots a second. own, of_database: CPU of a slot in microseconds. log: bytes of its write-ahead log."""

    rate: float
    own: float
    of_database: float
    log: float


@dataclass(frozen=True)
class Place:
    """A database with account tasks, and a process that dispatches them."""

    service: Service
    connection: Connection
    account_tasks: AccountTasks
    process: "subprocess.Popen[str]"


@contextmanager
def dispatcher(service: Service) -> "Iterator[subprocess.Popen[str]]":
    """A process that dispatches what is due each time that it gets a line, and answers with what it took."""
    command = [sys.executable, "-m", "tests.benchmarks.dispatch", "--drain"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT, env=service.environ, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def drain() -> None:
    """In that process."""
    import django

    django.setup()
    from clients_app import garbage
    from tasks_app.management.lanes import Lanes

    garbage.look_less_often()
    with closing(Lanes()) as lanes:
        for _ in sys.stdin:
            began = time.perf_counter()
            while lanes.dispatch():
                pass
            print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


_MOVED: LiteralString = """
    SELECT count(*) FILTER (WHERE latest_run_id = run.id AND status = 'QUEUED'),
        count(*) FILTER (WHERE next_run_at > %(began_at)s OR frequency = %(once)s AND next_run_at IS NULL)
    FROM tasks_app_taskrun AS run JOIN tasks_app_accounttask AS account_task ON account_task.id = run.account_task_id
    WHERE run.state = 'QUEUED'
"""


def one_round(place: Place, due: int, shift: float, *, is_fresh: bool = True) -> Round:
    """is_fresh: right after a checkpoint."""
    database.look_at(place.service)
    process, connection = place.process, place.connection
    at = "clock_timestamp() - dice(number, 5) % 1000000 * interval '1 microsecond'"
    place.account_tasks.make_due(connection, due, shift=shift, at=at)
    if is_fresh:
        connection.execute("CHECKPOINT")
    [(began_at, log)] = connection.execute("SELECT clock_timestamp(), pg_current_wal_insert_lsn()")
    sides = [machine.tree(process.pid), machine.tree(machine.process_of(connection))]
    before = [machine.cpu_seconds(side) for side in sides]
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    own, of_database = (machine.cpu_seconds(side) - start for side, start in zip(sides, before, strict=True))
    [(written,)] = connection.execute("SELECT pg_current_wal_insert_lsn() - %s::pg_lsn", [log])
    check(connection, due, began_at)
    finish(connection)
    return Round(due / answer["seconds"], 1e6 * own / due, 1e6 * of_database / due, float(written) / due)


def check(connection: Connection, due: int, began_at: object) -> None:
    """A queued run for each slot, its delivery, and the next slot."""
    from tasks_app import clock, engine
    from tasks_app.enumerations import Frequency
    from tasks_app.models import AccountTask, TaskRun
    from tasks_app.models.task_run import State

    runs = set(TaskRun.objects.filter(state=State.QUEUED).values_list("pk", flat=True))
    assert len(runs) == due, f"{len(runs)} runs of {due}"
    assert engine.on_their_way(engine.EXECUTE) == runs, "not each run is on its way"
    # The administrator's connection, which has all the time of the world among ten million.
    [(alike, on)] = connection.execute(_MOVED, {"began_at": began_at, "once": int(Frequency.NONE)})
    assert alike == due, "a status is another one"
    assert on == due, f"{on} of {due} have moved on"
    assert AccountTask.objects.due(clock.now()).order_by("next_run_at").first() is None, "something is still due"


def finish(connection: Connection) -> None:
    """As if workers had done everything."""
    finished = "state = 'SUCCEEDED', next_attempt_at = NULL, finished_at = clock_timestamp()"
    connection.execute(f"UPDATE tasks_app_taskrun SET {finished} WHERE state = 'QUEUED'")  # noqa: S608
    connection.execute("TRUNCATE procrastinate_jobs CASCADE")


@contextmanager
def opened(service: Service, size: int) -> Iterator[Place]:
    """service: with another database of the same server."""
    from tasks_app.models import AccountTask

    with database.beside(service, f"of_{size}") as (own, connection):
        database.look_at(own)
        like = seeding.patterns(seeding.parties())
        account_tasks = AccountTasks(size)
        began = time.perf_counter()
        with database.filling(connection, AccountTask):
            account_tasks.insert(connection, like, place=f"number % {len(like)}", **seeding.LONG_SERVED)
        print(f"{size:,} account tasks, seeded in {time.perf_counter() - began:.0f} s", flush=True)
        with dispatcher(own) as process:
            place = Place(own, connection, account_tasks, process)
            one_round(place, min(size, 1_000), 0.5)  # its statements are prepared
            yield place


@dataclass(frozen=True)
class Rounds:
    """fresh: right after a checkpoint; later: where the pages have been written since."""

    fresh: list[Round]
    later: list[Round]

    @property
    def rate(self) -> float:
        """Of as many slots in one as in the other."""
        return statistics.harmonic_mean([_median(self.fresh, "rate"), _median(self.later, "rate")])

    def rows(self, size: int) -> Iterator[list[object]]:
        yield [f"{size:,}", f"{self.rate:,.0f}", *[""] * 4]
        for when, rounds in (("  right after a checkpoint", self.fresh), ("  later on", self.later)):
            rates = [each.rate for each in rounds]
            figures = [f"{_median(rounds, name):,.0f}" for name in ("rate", "own", "of_database", "log")]
            yield [when, figures[0], f"{min(rates):,.0f} - {max(rates):,.0f}", *figures[1:]]


def _median(rounds: list[Round], name: str) -> float:
    return float(statistics.median(getattr(each, name) for each in rounds))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=SIZES, help="numbers of account tasks (default: %(default)s)")
    parser.add_argument("--drain", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.drain:
        drain()
        return 0
    sizes = sorted(int(size) for size in asked.sizes.split(","))
    rounds = {size: Rounds([], []) for size in sizes}
    with database.of_the_service(track_commit_timestamp="on") as (service, _), ExitStack() as stack:
        found = [stack.enter_context(opened(service, size)) for size in sizes]
        for number in range(ROUNDS):
            for place in found:
                size = place.account_tasks.count
                rounds[size].fresh.append(one_round(place, min(DUE, size), number / ROUNDS))
                later = one_round(place, min(DUE, size), (number + 0.5) / ROUNDS, is_fresh=False)
                rounds[size].later.append(later)
        late = lag.measure(place.service, place.connection, place.account_tasks)
    rates = {size: own.rate for size, own in rounds.items()}
    report.table(
        f"One dispatcher, slots due at once, medians of {ROUNDS} rounds each",
        ("account tasks", "slots/s", "from - to", "CPU µs", "database µs", "log bytes"),
        [row for size, own in rounds.items() for row in own.rows(size)],
    )
    lag.show(late)
    targets = [
        Target(f"slots/s, {size:,} account tasks", f">= {LEAST_RATE:,}", f"{rate:,.0f}", rate >= LEAST_RATE)
        for size, rate in rates.items()
    ]
    flatness = min(rates.values()) / max(rates.values())
    targets += [
        Target("slowest size / fastest", f">= {FLATNESS}", f"{flatness:.2f}", flatness >= FLATNESS),
        Target("from due to queued, p99 ms", f"<= {MOST_LATE_MS}", f"{late.p99:.0f}", late.p99 <= MOST_LATE_MS),
    ]
    return 0 if report.targets(targets) else 1


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.exit(main())
