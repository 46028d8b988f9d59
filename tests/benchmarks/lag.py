"""
How late a dispatcher is at a steady rate: the real command as a process, and for each slot the moment at which its run
was committed, as the database has written it down.
"""

import time
from dataclasses import dataclass

from tests.acceptance.service import Service
from tests.benchmarks import machine, report
from tests.benchmarks.database import Connection
from tests.benchmarks.seeding import AccountTasks

RATE, SECONDS = 1_000, 20
LEAD = 6  # seconds until the first slot: the command is up by then
PATIENCE = 60

_LATE = """
    SELECT count(*), percentile_disc(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (
        ORDER BY extract(epoch FROM pg_xact_commit_timestamp(xmin) - due_at) * 1000
    ), percentile_disc(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM created_at - due_at) * 1000)
    FROM tasks_app_taskrun WHERE due_at >= %s AND state = 'QUEUED'
"""


@dataclass(frozen=True)
class Late:
    """
    From due to queued, in milliseconds, until the commit; begun: until the dispatcher looked at the clock.
    cores, of_database: CPU of each side as a share of one core.
    """

    size: int
    slots: int
    p50: float
    p99: float
    worst: float
    begun_p50: float
    begun_p99: float
    cores: float
    of_database: float


def measure(service: Service, connection: Connection, account_tasks: AccountTasks) -> Late:
    import tzdata

    from tasks_app import clock, health
    from tasks_app.models import AccountTask

    count = min(RATE * SECONDS, account_tasks.count)
    # As after any other start: the rules of the time zones are known.
    health.beat(health.TIME_ZONES, now=clock.now(), note=tzdata.IANA_VERSION)
    [(first_at,)] = connection.execute("SELECT clock_timestamp() + make_interval(secs => %s)", [LEAD])
    at = f"'{first_at.isoformat()}'::timestamptz + place * interval '{1_000_000 // RATE} microseconds'"
    account_tasks.make_due(connection, count, shift=0.125, at=at)
    connection.execute("CHECKPOINT")
    with service.running("run_dispatcher") as process:
        sides = [process.pid, machine.process_of(connection)]
        _wait_until(connection, first_at)
        began, before = time.monotonic(), [machine.cpu_seconds(machine.tree(pid)) for pid in sides]
        time.sleep(count / RATE)
        used = [machine.cpu_seconds(machine.tree(pid)) for pid in sides]
        cores, of_database = (
            (end - start) / (time.monotonic() - began) for start, end in zip(before, used, strict=True)
        )
        give_up_at = time.monotonic() + PATIENCE
        while AccountTask.objects.due(clock.now()).exists():
            assert time.monotonic() < give_up_at, "the dispatcher does not keep up"
            time.sleep(0.1)
    [(slots, late, begun)] = connection.execute(_LATE, [first_at])
    assert slots == count, f"{slots} of {count} slots have a run"
    p50, p99, worst, begun_p50, begun_p99 = map(float, [*late, *begun])
    return Late(account_tasks.count, slots, p50, p99, worst, begun_p50, begun_p99, cores, of_database)


def show(late: Late) -> None:
    report.table(
        f"run_dispatcher at {RATE:,} slots a second, {late.slots:,} slots among {late.size:,} account tasks, in ms",
        ("from due to", "p50", "p99", "latest"),
        [
            ("its look at the clock", f"{late.begun_p50:.0f}", f"{late.begun_p99:.0f}", ""),
            ("its commit", f"{late.p50:.0f}", f"{late.p99:.0f}", f"{late.worst:.0f}"),
        ],
    )
    print(f"  {late.cores:.2f} cores, and {late.of_database:.2f} of the database")


def _wait_until(connection: Connection, moment: object) -> None:
    [(seconds,)] = connection.execute("SELECT extract(epoch FROM %s - clock_timestamp())", [moment])
    assert seconds > 0, "the first slot came before the dispatcher"
    time.sleep(float(seconds))
