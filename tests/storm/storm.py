"""One storm: what happens in it, and what must be true afterwards."""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path

from tests import postgresql
from tests.storm import faults, judgement, readiness
from tests.storm.crew import Crew
from tests.storm.faults import Place
from tests.storm.judgement import Damage
from tests.storm.readiness import Readiness
from tests.storm.weather import Weather

DISPATCHERS = 2
PATIENCE_S = 240  # after the last slot


@contextmanager
def database(engine: str, fault: str) -> Iterator[Place]:
    """An empty one, that the fault happens to; without one it crashes and is started again."""
    if fault or engine == "postgresql":
        with faults.FAULTS[fault or "stopped"]() as place:
            yield place
    else:
        with tempfile.TemporaryDirectory(prefix="storm-") as folder:
            url = f"sqlite:///{folder}/db.sqlite3"
            yield Place(url, url, time.sleep)


def blow(weather: Weather, place: Place) -> Damage:
    """On the place's database, which DATABASE_URL names as well."""
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
        first_at = register(weather, f"http://127.0.0.1:{port}/")
        connections.close_all()
        names = ["run_worker"] * weather.workers + ["run_dispatcher"] * DISPATCHERS
        os.environ["DATABASE_URL"] = place.of_service
        asked: AbstractContextManager[Readiness | None] = readiness.watching() if weather.outage else nullcontext()
        crew = Crew(names, log, weather.without, Path(folder) if weather.clocks else None)
        try:
            with asked as ready:
                restarts = _weather(weather, crew, first_at, place.harm)
                _calm(crew, weather)
            damage = judgement.of(weather, crew, Counter(ledger.read_text().split()), log.read_text(), restarts)
            if ready:
                judgement.judge_outage(damage, ready, *restarts)
        finally:
            crew.end()
            receiver.kill()
            receiver.wait()
    return damage


def register(weather: Weather, url: str, *, name: str = "Storm") -> datetime:
    """Account tasks of one slot each, spread over the storm. The first slot."""
    from tasks_app import clock
    from tasks_app.enumerations import ContentType, Frequency, TaskNotification
    from tasks_app.models import AccountTask
    from tests import factories

    parties = [factories.party(name=f"{name}{number}") for number in range(weather.accounts)]
    task = factories.task(name="Call the receiver", handler="http_request")
    now = clock.now()
    first_at = now + timedelta(seconds=5 + (weather.runs + weather.bystanders) / 4_000)
    for begin in range(0, weather.runs + weather.bystanders, 1_000):
        rows = []
        for number in range(begin, min(begin + 1_000, weather.runs + weather.bystanders)):
            is_due = number < weather.runs
            party = parties[
                number * weather.accounts // weather.runs if weather.is_behind else number % weather.accounts
            ]
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


def _weather(weather: Weather, crew: Crew, first_at: datetime, harm: Callable[[float], None]) -> list[float]:
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
        harm(weather.outage)
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


def environ(url: str, weather: Weather) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": url,
        "LEASE_SECONDS": str(weather.lease),
        "WORKER_THREADS": str(weather.threads),
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
        "LOG_LEVEL": "WARNING",
    }
