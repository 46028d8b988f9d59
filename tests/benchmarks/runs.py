"""
`python -m tests.benchmarks.runs [--jobs 5000]`: from queued to finished for work that does nothing: the service's
worker beside Celery (with Redis, which keeps nothing on the disk) and procrastinate alone. Everything is queued before
a worker starts; measured from the first that is done to the last. The candidates take turns; medians of the rounds.
"""

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.acceptance.service import PROJECT
from tests.benchmarks import broker, database, nothing, report, seeding, watching
from tests.benchmarks.schedulers import MISSING, Place
from tests.benchmarks.seeding import AccountTasks
from tests.benchmarks.watching import Seen

JOBS, ROUNDS = 5_000, 3
SECONDS, EVERY = 120, 0.05
CELERY, PROCRASTINATE = "tests.benchmarks.peers.celery_jobs", "tests.benchmarks.peers.procrastinate_jobs"
PEERS = ("celery", "redis")


@dataclass(frozen=True)
class Candidate:
    """fill: queue so many jobs. left: how many of them are not done. stores: of the database and broker."""

    fill: Callable[[int], None]
    command: list[str]
    environ: Mapping[str, str]
    left: Callable[[], int]
    stores: list[int]

    def measure(self, jobs: int) -> Seen:
        self.fill(jobs)
        assert self.left() == jobs, f"{self.left()} of {jobs} are queued"
        return watching.watch(
            self.command,
            self.environ,
            lambda: jobs - self.left(),
            jobs,
            stores=self.stores,
            seconds=SECONDS,
            every=EVERY,
        )


def ours(place: Place, jobs: int) -> Candidate:
    from tasks_app.models import AccountTask

    connection = place.connection
    nothing.register()
    account_tasks = AccountTasks(jobs)
    with database.filling(connection, AccountTask):
        like = seeding.patterns(seeding.parties(), handler=nothing.NOTHING)
        account_tasks.insert(connection, like, place="number % 4")

    def fill(jobs: int) -> None:
        from tasks_app import clock, dispatch

        account_tasks.make_due(connection, jobs, shift=0, at="clock_timestamp()")
        while dispatch.dispatch_due(now=clock.now()):
            pass

    def left() -> int:
        [(number,)] = connection.execute(
            "SELECT (SELECT count(*) FROM tasks_app_taskrun WHERE next_attempt_at IS NOT NULL)"
            " + (SELECT count(*) FROM tasks_app_taskrun WHERE leased_until IS NOT NULL)"
        )
        return int(number)

    command = [sys.executable, "-m", "tests.benchmarks.nothing"]
    return Candidate(fill, command, place.service.environ, left, [place.server])


def celery(place: Place, pool: str, concurrency: int) -> Candidate:
    environ = place.environ(CONCURRENCY=str(concurrency))

    def fill(jobs: int) -> None:
        place.broker.ask("FLUSHALL")
        subprocess.run([sys.executable, "-m", CELERY, str(jobs)], cwd=PROJECT, env=environ, check=True)

    def left() -> int:
        return place.broker.length("celery") + int(place.broker.ask("HLEN", "unacked"))

    command = [sys.executable, "-m", "celery", "-q", "-A", CELERY, "worker", "--pool", pool, "-l", "ERROR"]
    command += ["--concurrency", str(concurrency), "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Candidate(fill, command, environ, left, [place.broker.pid])


def procrastinate(place: Place) -> Candidate:
    url = place.new_database("procrastinate")
    environ = place.environ(DATABASE_URL=url)
    connection = database.connected(url)

    def fill(jobs: int) -> None:
        subprocess.run([sys.executable, "-m", PROCRASTINATE, str(jobs)], cwd=PROJECT, env=environ, check=True)

    def left() -> int:
        [(number,)] = connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        return int(number)

    command = [sys.executable, "-m", "procrastinate", f"--app={PROCRASTINATE}.app", "--log-level=error"]
    command += ["worker", "--concurrency=8"]
    return Candidate(fill, command, environ, left, [place.server])


def row(name: str, seen: Seen, ours: Seen) -> tuple[str, ...]:
    figures = (seen.rate, seen.own, seen.of_stores, seen.own + seen.of_stores)
    ratio = f"{seen.rate / ours.rate:.2f}"
    return (name, *(f"{figure:,.0f}" for figure in figures), ratio, f"{seen.start:.1f}", f"{seen.mb:.0f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=JOBS, help="of each round (default: %(default)s)")
    jobs = parser.parse_args().jobs
    if not all(importlib.util.find_spec(name) for name in PEERS):
        sys.exit(MISSING)
    with broker.running() as redis, database.of_the_service() as (service, connection):
        place = Place(service, connection, redis)
        candidates = {
            "run_worker, 8 threads": ours(place, jobs),
            "procrastinate alone, 8 at once": procrastinate(place),
            "Celery, 2 processes": celery(place, "prefork", 2),
            "Celery, 8 threads": celery(place, "threads", 8),
        }
        seen: dict[str, list[Seen]] = {name: [] for name in candidates}
        for _ in range(ROUNDS):
            for name, candidate in candidates.items():
                seen[name].append(candidate.measure(jobs))
    medians = {name: watching.median(rounds) for name, rounds in seen.items()}
    first = next(iter(medians.values()))
    report.table(
        f"{jobs:,} jobs that do nothing, medians of {ROUNDS} rounds",
        ("", "jobs/s", "worker µs", "database or broker µs", "together µs", "ratio", "first after s", "MB"),
        [row(name, each, first) for name, each in medians.items()],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
