"""
    python -m tests.proof.crashes --only postgresql     or sqlite

A worker that dies in the middle of an attempt, at each point once: before it sends, after, after the answer, after the
end is committed. What the receiver saw is known to the call: a repeat where something had been sent and nothing was
written yet, with the same id, and none elsewhere. A control signs each attempt with another id, and must be seen.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import tests.environment  # noqa: F401 (secrets for the tests)
from tests import postgresql
from tests.proof import figures
from tests.storm import crew, storm
from tests.storm.weather import Weather

DEAD = 9  # what a worker ends with that has died at its point
POINTS = {"before send": 1, "after send": 2, "after response": 2, "after commit": 1}
"""And how many calls the receiver gets in the end."""

spawn = multiprocessing.get_context("spawn")


def die(*arguments: Any, **named: Any) -> Any:
    os._exit(DEAD)


def then_die(do: Callable[..., Any]) -> Callable[..., Any]:
    def did(*arguments: Any, **named: Any) -> Any:
        do(*arguments, **named)
        die()

    return did


def work(point: str, is_control: bool, environ: dict[str, str]) -> None:
    """In a process of its own: a worker that makes what is there, up to that point."""
    os.environ.update(environ)  # this module's own import has set that of the tests
    import http.client
    import logging
    from uuid import uuid4

    crew.prepare()
    from django.core.management import call_command

    from tasks_app import endings, outbound, running
    from tasks_app.handlers import http_request

    logging.disable(logging.CRITICAL)
    if is_control:
        sign = http_request._signature
        http_request._signature = lambda work, body: sign(work, body) | {"webhook-id": str(uuid4())}
    if point == "before send":
        outbound.send = die
    elif point == "after send":
        http.client.HTTPConnection.getresponse = die  # type: ignore[method-assign]
    elif point == "after response":
        outbound.send = then_die(outbound.send)
    elif point == "after commit":
        running.end = then_die(endings.end)  # type: ignore[attr-defined]
    call_command("run_worker", once=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("postgresql", "sqlite"), required=True)
    asked = parser.parse_args()
    with storm.database(asked.only, "") as place, tempfile.TemporaryDirectory(prefix="crashes-") as folder:
        os.environ.update(storm.environ(place.url, Weather(runs=1, rate=1)))
        crew.prepare()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        ledger, port = Path(folder, "ledger"), postgresql.free_port()
        receiver = subprocess.Popen([sys.executable, "-m", "tests.storm.receiver", str(port), str(ledger)])
        try:
            url = f"http://127.0.0.1:{port}/"
            wrong = {point: crash(point, url, ledger) for point in POINTS}
            control = crash("after send", url, ledger, is_control=True)
        finally:
            receiver.kill()
            receiver.wait()
    is_met = not any(wrong.values())
    figures.tell(
        "T3",
        f"a worker dies in the middle of an attempt, on {asked.only}",
        found="; ".join(f"{point}: {problem or f'{POINTS[point]} calls, one id'}" for point, problem in wrong.items()),
        wanted="each run succeeds; calls " + ", ".join(f"{point} {number}" for point, number in POINTS.items()),
        met=is_met,
    )
    figures.tell(
        "T3",
        f"control: another id for each attempt, on {asked.only}",
        found=control or "nothing",
        wanted="it is seen",
        met=bool(control),
    )
    return 0 if is_met and control else 1


def crash(point: str, url: str, ledger: Path, *, is_control: bool = False) -> str:
    """What is wrong, or nothing."""
    from django.db import connections

    from tasks_app import clock, dispatch, running
    from tasks_app.models import AccountTask, TaskRun
    from tasks_app.models.task_run import State

    name = f"{point} {is_control}".replace(" ", "-")
    storm.register(Weather(runs=1, rate=1), url, name=name)
    ledger.write_text("")
    now = clock.now()
    AccountTask.objects.filter(next_run_at__isnull=False).update(start_at=now, next_run_at=now)
    dispatch.dispatch_due(now=now)
    run = TaskRun.objects.latest("pk")
    ends = [_ended(point, is_control)]
    over = clock.now() - timedelta(seconds=1)
    TaskRun.objects.filter(pk=run.pk, state=State.RUNNING).update(leased_until=over)
    running.sweep()
    connections.close_all()
    ends.append(_ended("", is_control))
    run.refresh_from_db()
    connections.close_all()
    calls = Counter(ledger.read_text().split())
    problems = {
        f"the worker ended with {ends}": ends != [DEAD, 0],
        f"the run is {run.state}": run.state != State.SUCCEEDED,
        f"{calls.total()} calls": calls.total() != POINTS[point],
        f"{len(calls)} ids, or another one": list(calls) != [str(run.pk)],
    }
    return ", ".join(what for what, is_so in problems.items() if is_so)


def _ended(point: str, is_control: bool) -> int | None:
    process = spawn.Process(target=work, args=(point, is_control, dict(os.environ)))
    process.start()
    process.join(60)
    return process.exitcode


if __name__ == "__main__":
    sys.exit(main())
