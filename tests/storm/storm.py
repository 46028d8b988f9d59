"""One storm: what happens in it, and what must be true afterwards."""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests import postgresql
from tests.storm.crew import Crew

Restart = Callable[[float], None]

DISPATCHERS = 2
PATIENCE_S = 240  # after the last slot


@dataclass(frozen=True)
class Weather:
    """
    rate: slots a second. rewinds: schedules that go back to a slot that they had, as after a restored backup.
    bystanders: account tasks that are registered and not due. outage: seconds without a database, half-way.
    clocks: each process has another time, and one of them goes back in the middle.
    """

    runs: int
    rate: int
    kills: int = 0
    restarts: int = 0
    zombies: int = 0
    rewinds: int = 0
    lease: int = 60
    threads: int = 4
    workers: int = 4
    without: str = ""
    bystanders: int = 0
    outage: int = 0
    clocks: bool = False

    def __str__(self) -> str:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return ", ".join(f"{name} {value}" for name, value in values.items() if value)


@dataclass
class Damage:
    """What must be zero, by its name; and figures that are told."""

    wrong: dict[str, int] = field(default_factory=dict)
    told: dict[str, object] = field(default_factory=dict)

    @property
    def is_none(self) -> bool:
        return not any(self.wrong.values())


@contextmanager
def database(engine: str) -> Iterator[tuple[str, Restart]]:
    """The URL of an empty database, and what crashes it and starts it again after so many seconds."""
    if engine == "postgresql":
        with postgresql.running() as server:

            def restart(seconds: float = 0) -> None:
                server.stop("immediate")
                time.sleep(seconds)
                server.start()

            yield server.url, restart
    else:
        with tempfile.TemporaryDirectory(prefix="storm-") as folder:
            yield f"sqlite:///{folder}/db.sqlite3", time.sleep


def blow(weather: Weather, restart: Restart) -> Damage:
    """On the database that DATABASE_URL names, which is empty."""
    from django.core.management import call_command
    from django.db import connection, connections

    from tasks_app import partitions

    call_command("migrate", verbosity=0)
    if weather.without == "unique":
        with connection.cursor() as cursor:
            for name in [*(part.name for part in partitions.parts()), "default"]:
                cursor.execute(f"ALTER TABLE {partitions.RUNS}_{name} DROP CONSTRAINT task_run_once_per_slot_{name}")
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        ledger, log = Path(folder, "ledger"), Path(folder, "log")
        ledger.touch()
        port = postgresql.free_port()
        receiver = subprocess.Popen([sys.executable, "-m", "tests.storm.receiver", str(port), str(ledger)])
        first_at = _register(weather, f"http://127.0.0.1:{port}/")
        connections.close_all()
        names = ["run_worker"] * weather.workers + ["run_dispatcher"] * DISPATCHERS
        crew = Crew(names, log, weather.without, Path(folder) if weather.clocks else None)
        try:
            restarts = _weather(weather, crew, first_at, restart)
            _calm(crew, weather)
            damage = _damage(weather, crew, Counter(ledger.read_text().split()), log.read_text(), restarts)
        finally:
            crew.end()
            receiver.kill()
            receiver.wait()
    return damage


def _register(weather: Weather, url: str) -> datetime:
    """Account tasks of one slot each, spread over the storm. The first slot."""
    from tasks_app import clock
    from tasks_app.enumerations import ContentType, Frequency, TaskNotification
    from tasks_app.models import AccountTask
    from tests import factories

    party = factories.party(name="Storm")
    task = factories.task(name="Call the receiver", handler="http_request")
    now = clock.now()
    first_at = now + timedelta(seconds=5 + (weather.runs + weather.bystanders) / 4_000)
    for begin in range(0, weather.runs + weather.bystanders, 1_000):
        rows = []
        for number in range(begin, min(begin + 1_000, weather.runs + weather.bystanders)):
            is_due = number < weather.runs
            slot = first_at + (timedelta(seconds=number / weather.rate) if is_due else timedelta(days=30))
            row = AccountTask(
                account=party.account,
                client=party.client,
                task=task,
                frequency=Frequency.NONE,
                start_at=slot,
                next_run_at=slot,
                parameters=f'{{"Url": "{url}", "Body": "{{}}"}}',
                content_type=ContentType.JSON,
                notification=TaskNotification.NONE,
                created_at=now,
                modified_at=now,
                modified_by="storm",
            )
            rows.append(row)
        AccountTask.objects.bulk_create(rows)
    return first_at


def _weather(weather: Weather, crew: Crew, first_at: datetime, restart: Restart) -> list[float]:
    """What happens, at random moments while slots fall due. When the database was restarted."""
    length = weather.runs / weather.rate
    events: list[tuple[float, Callable[[], None]]] = []
    restarts: list[float] = []

    def at_random(number: int, do: Callable[[], None]) -> None:
        events.extend((random.uniform(0.02, 0.98) * length, do) for _ in range(number))

    def freeze() -> None:
        now = time.monotonic() - began
        go_on = crew.freeze_one("run_worker")
        events.append((now + weather.lease * random.uniform(1.2, 2), go_on) if go_on else (now + 1, freeze))
        events.sort(key=lambda event: event[0], reverse=True)

    def restart_database() -> None:
        restarts.append(time.time())
        restart(weather.outage)
        restarts.append(time.time())

    if weather.clocks:
        events.append((length / 2, crew.set_a_clock_back))
    at_random(weather.kills, crew.kill_one)
    at_random(weather.zombies, freeze)
    at_random(weather.rewinds, _rewind)
    if weather.outage:
        events.append((length / 2, restart_database))
    else:
        at_random(weather.restarts, restart_database)
    events.sort(key=lambda event: event[0], reverse=True)
    began = time.monotonic() + (first_at.timestamp() - time.time())
    while events:
        moment, do = events.pop()
        time.sleep(max(0, began + moment - time.monotonic()))
        do()
    time.sleep(max(0, began + length - time.monotonic()))
    return restarts


def _rewind() -> None:
    """The schedule of one that ran goes back to its slot."""
    from django.db import Error, connections

    from tasks_app.models import AccountTask

    try:
        done = AccountTask.objects.filter(next_run_at__isnull=True, last_run_at__isnull=False)
        row = done.order_by("-last_run_at")[random.randrange(50) :].first()
        if row:
            AccountTask.objects.filter(pk=row.pk, next_run_at__isnull=True).update(next_run_at=row.start_at)
    except Error:  # the database is down at the moment
        connections.close_all()


def _calm(crew: Crew, weather: Weather) -> None:
    """Wait until everything is done, or it is clear that it never will be."""
    from django.db import connections

    from tasks_app.models import AccountTask, TaskRun

    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        connections.close_all()
        waiting = AccountTask.objects.filter(next_run_at__isnull=False).count() - weather.bystanders
        waiting += TaskRun.objects.unfinished().count()
        if not waiting:
            break
        time.sleep(0.5)
    time.sleep(2)  # for those who come too late


def _damage(weather: Weather, crew: Crew, calls: Counter[str], log: str, restarts: list[float]) -> Damage:
    from django.db import connection
    from django.db.models import Count, F

    from tasks_app.models import AccountTask, Attempt, TaskRun
    from tasks_app.models.task_run import Outcome, State

    slots = TaskRun.objects.filter(due_at__isnull=False)
    doubled = slots.values("account_task", "due_at").annotate(number=Count("pk")).filter(number__gt=1)
    succeeded = {str(key) for key in TaskRun.objects.filter(state=State.SUCCEEDED).values_list("pk", flat=True)}
    known = {str(key) for key in TaskRun.objects.values_list("pk", flat=True)}
    attempts = Attempt.objects.filter(outcome=Outcome.WORKER_LOST, finished_at__isnull=False)
    lost = [(one.worker, one.started_at, one.finished_at or one.started_at) for one in attempts]
    robbed = 0
    for worker, started_at, finished_at in lost:
        was_down = any(started_at.timestamp() - 1 <= moment <= finished_at.timestamp() for moment in restarts)
        robbed += int(worker.rpartition(":")[2]) not in crew.killed and not was_down
    stale = Attempt.objects.filter(outcome=Outcome.SUCCEEDED).exclude(number=F("run__fence")).count()
    repeats = calls.total() - len(calls)
    allowed = weather.threads * (weather.kills + weather.zombies + len(restarts) // 2 * weather.workers)
    damage = Damage()
    damage.wrong = {
        "lost": weather.runs - slots.values("account_task").distinct().count(),
        "double": doubled.count(),
        "unfinished": TaskRun.objects.unfinished().count(),
        "not succeeded": TaskRun.objects.exclude(state=State.SUCCEEDED).count(),
        "succeeded without a call": len(succeeded - set(calls)),
        "calls with an unknown id": len(set(calls) - known),
        "stale writes accepted": stale,
        "leases taken from the living": robbed,
        "repeats beyond what crashes explain": max(0, repeats - allowed),
        "processes that ended by themselves": crew.dead(),
    }
    if weather.outage:
        back_at = datetime.fromtimestamp(restarts[-1], UTC)
        first = TaskRun.objects.filter(started_at__gte=back_at).order_by("started_at").first()
        damage.told["s from the end of the outage to the first run"] = (
            round((first.started_at - back_at).total_seconds(), 1) if first and first.started_at else None
        )
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            damage.wrong["integrity"] = int(cursor.fetchone()[0] != "ok")
    moments = slots.values_list("due_at", "started_at")
    lags = sorted((start - slot).total_seconds() for slot, start in moments if slot and start) or [0.0]
    damage.told |= {
        "runs": TaskRun.objects.count(),
        "account tasks": AccountTask.objects.count(),
        "repeat deliveries, all with an id seen before": repeats,
        "stale writes refused": log.count("came too late"),
        "attempts whose worker was lost": len(lost),
        "s from slot to start p50": round(lags[len(lags) // 2], 3),
        "p99": round(lags[len(lags) * 99 // 100], 3),
        "the latest": round(lags[-1], 3),
        "longest until a lost attempt was noticed, s": max(
            ((end - start).total_seconds() for _, start, end in lost), default=0
        ),
    }
    return damage


def environ(url: str, weather: Weather) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": url,
        "LEASE_SECONDS": str(weather.lease),
        "WORKER_THREADS": str(weather.threads),
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
        "LOG_LEVEL": "WARNING",
    }
