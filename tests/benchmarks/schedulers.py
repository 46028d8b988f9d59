"""
`python -m tests.benchmarks.schedulers [--schedules 10000,100000]`: the dispatcher beside django-celery-beat (with
Redis) and APScheduler 3 (with its jobs in the same PostgreSQL). All schedules are due when the process starts: how long
until the first of them is dispatched, how fast the others are, and how much memory that takes.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from psycopg import sql

from tests.acceptance.service import PROJECT, Service
from tests.benchmarks import broker, database, machine, report, seeding, watching
from tests.benchmarks.broker import Broker
from tests.benchmarks.database import Connection
from tests.benchmarks.seeding import AccountTasks
from tests.benchmarks.watching import Seen

SCHEDULES = "10000,100000"
SECONDS = 40  # from the first one on
EVERY = 0.25
MISSING = "The peers are not installed: make install-bench"
PEERS = ("celery", "django_celery_beat", "redis", "apscheduler", "sqlalchemy")


@dataclass(frozen=True)
class Place:
    """Where the schedules are kept."""

    service: Service
    connection: Connection
    broker: Broker

    @property
    def server(self) -> int:
        return machine.process_of(self.connection)

    def new_database(self, name: str) -> str:
        """Its URL."""
        for statement in ("DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {}"):
            self.connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
        return urlsplit(self.service.database_url)._replace(path=f"/{name}").geturl()

    def environ(self, **more: str) -> dict[str, str]:
        """Of a peer, that knows nothing of the service."""
        without = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        return without | {"BROKER_URL": self.broker.url, "PYTHONWARNINGS": "ignore"} | more


def ours(place: Place, count: int) -> Seen:
    import tzdata

    from tasks_app import clock, health
    from tasks_app.models import AccountTask

    place.connection.execute("TRUNCATE tasks_app_accounttask, tasks_app_taskrun, procrastinate_jobs CASCADE")
    health.beat(health.TIME_ZONES, now=clock.now(), note=tzdata.IANA_VERSION)
    account_tasks = AccountTasks(count)
    with database.filling(place.connection, AccountTask):
        account_tasks.insert(place.connection, seeding.patterns(seeding.known_parties()), place="number % 4")
    account_tasks.make_due(place.connection, count, shift=0, at="clock_timestamp()")
    place.connection.execute("VACUUM (ANALYZE) tasks_app_accounttask")

    def done() -> int:
        [(number,)] = place.connection.execute("SELECT count(*) FROM tasks_app_taskrun")
        return int(number)

    command = [sys.executable, "manage.py", "run_dispatcher"]
    return _watched(command, place.service.environ, done, count, [place.server])


def celery_beat(place: Place, count: int) -> Seen:
    url = place.new_database("beat")
    environ = place.environ(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="tests.benchmarks.peers.beat_settings")
    _run([sys.executable, "-m", "tests.benchmarks.peers.beat", str(count)], environ)
    place.broker.ask("FLUSHALL")
    _analyze(url)
    command = [
        sys.executable,
        "-m",
        "celery",
        "-q",
        "-A",
        "tests.benchmarks.peers.beat",
        "beat",
        "--pidfile=",
        "-l",
        "ERROR",
    ]
    command += ["-S", "django_celery_beat.schedulers:DatabaseScheduler"]
    stores = [place.server, place.broker.pid]
    return _watched(command, environ, lambda: place.broker.length("celery"), count, stores)


def apscheduler(place: Place, count: int) -> Seen:
    url = place.new_database("apscheduler")
    command = [sys.executable, "-m", "tests.benchmarks.peers.apscheduler_jobs"]
    _run([*command, str(count)], place.environ(DATABASE_URL=url))
    _analyze(url)
    moved_on = "SELECT count(*) FROM apscheduler_jobs WHERE next_run_time > extract(epoch FROM clock_timestamp())"
    with database.connected(url) as connection:

        def done() -> int:
            [(number,)] = connection.execute(moved_on)
            return int(number)

        return _watched(command, place.environ(DATABASE_URL=url), done, count, [place.server])


CANDIDATES: dict[str, Callable[[Place, int], Seen]] = {
    "run_dispatcher": ours,
    "django-celery-beat, Redis": celery_beat,
    "APScheduler 3, PostgreSQL": apscheduler,
}


def _watched(
    command: list[str], environ: dict[str, str], done: Callable[[], int], wanted: int, stores: list[int]
) -> Seen:
    return watching.watch(command, environ, done, wanted, stores=stores, seconds=SECONDS, every=EVERY)


def _run(command: list[str], environ: dict[str, str]) -> None:
    subprocess.run(command, cwd=PROJECT, env=environ, check=True)


def _analyze(url: str) -> None:
    with database.connected(url) as connection:
        connection.execute("VACUUM (ANALYZE)")


def rows(count: int, seen: dict[str, Seen]) -> list[tuple[str, ...]]:
    first = next(iter(seen.values()))
    return [
        (
            name,
            f"{count:,}",
            f"{one.start:.1f}",
            f"{one.mb:.0f}",
            f"{one.rate:,.0f}",
            f"{one.rate / first.rate:.3f}",
            f"{one.own:,.0f}",
            f"{one.of_stores:,.0f}",
        )
        for name, one in seen.items()
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schedules", default=SCHEDULES, help="how many (default: %(default)s)")
    counts = [int(count) for count in parser.parse_args().schedules.split(",")]
    if not all(importlib.util.find_spec(name) for name in PEERS):
        sys.exit(MISSING)
    table = []
    with broker.running() as redis, database.of_the_service() as (service, connection):
        place = Place(service, connection, redis)
        seeding.parties()
        for count in counts:
            table += rows(count, {name: measure(place, count) for name, measure in CANDIDATES.items()})
    report.table(
        "Schedulers whose every schedule is due",
        ("", "schedules", "first after s", "MB", "dispatched/s", "ratio", "CPU µs", "database + broker µs"),
        table,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
