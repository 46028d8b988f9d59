"""A release takes the place of the one before it while all goes on."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.acceptance.service import PASSWORD, PROJECT
from tests.postgresql import free_port
from tests.proof.upgrade import oracle
from tests.proof.upgrade.release import Process, Release, git, other_packages
from tests.proof.upgrade.traffic import Caller, Traffic

WORKING: Final = ("run_dispatcher", "run_dispatcher", "run_worker", "run_worker")
BETWEEN_S: Final = 4.0  # two processes that are stopped
WARM_S: Final = 15.0  # creates alone, before the first slot


@dataclass(frozen=True)
class Found:
    what: str
    wrong: dict[str, int]
    told: dict[str, Any]

    @property
    def is_met(self) -> bool:
        return not any(self.wrong.values())


@contextmanager
def receiving() -> Iterator[tuple[str, Path]]:
    """The URL of a receiver, and its ledger."""
    with tempfile.TemporaryDirectory(prefix="upgrade-") as folder:
        ledger, port = Path(folder, "ledger"), free_port()
        ledger.touch()
        process = subprocess.Popen([sys.executable, "-m", "tests.storm.receiver", str(port), str(ledger)], cwd=PROJECT)
        try:
            yield f"http://127.0.0.1:{port}/", ledger
        finally:
            process.kill()
            process.wait()


def caller_of(release: Release, web: Process, receiver: str) -> Caller:
    """An account with a client, and the task that calls the receiver."""
    service = release.service()
    service.command("create_account", "--name", "Acme", "--email", "ann@acme.example", "--password", PASSWORD)
    client = service.json_of("create_client", "--email", "ann@acme.example", "--name", "Traffic")
    task = service.json_of("add_task", "--name", "Call the receiver", "--handler", "http_request")
    return Caller(web.service.token(client), task["ID"], receiver)


def upgrade(url: str, before: Path, *, number: int, rate: float, history: int) -> Found:
    """On an empty database. before: the code of the release before. history: finished runs that there are already."""
    logs = Path(tempfile.mkdtemp(prefix="upgrade-logs-"))
    old = Release("before", before, url, logs / "before")
    new = Release("new", PROJECT, url, logs / "new")
    try:
        with receiving() as (receiver, ledger):
            return _upgrade(url, old, new, receiver, ledger, number=number, rate=rate, history=history)
    finally:
        old.end()
        new.end()
        for log in logs.iterdir():
            log.unlink()
        logs.rmdir()


def _upgrade(
    url: str, old: Release, new: Release, receiver: str, ledger: Path, *, number: int, rate: float, history: int
) -> Found:
    old.migrate()
    drained, abrupt = old.serve(), old.serve()
    working = [process for command in WORKING for process in old.start(command)]
    caller = caller_of(old, drained, receiver)
    traffic = Traffic(caller, [drained.service, abrupt.service])
    traffic.start()
    first_at = datetime.now(UTC) + timedelta(seconds=WARM_S)
    expected = caller.register(drained.service, number, first_at, rate)
    _sleep_until(first_at)
    of_history = oracle.make_history(url, history) if history else set()
    _sleep_until(first_at + timedelta(seconds=number / rate / 4))

    began = time.monotonic()
    seconds = new.migrate()
    migrated = time.monotonic()
    fresh = new.serve()
    for command in WORKING:
        new.start(command)
    traffic.servers.append(fresh.service)
    time.sleep(BETWEEN_S)

    stops = [_stopped(process) for process in working]
    traffic.servers.remove(drained.service)
    time.sleep(1)  # what it has begun
    stops.append(_stopped(drained))
    broken_before = traffic.broken
    stops.append(_stopped(abrupt))  # while the balancer still sends it a third of all
    broken_then = traffic.broken - broken_before
    traffic.servers.remove(abrupt.service)
    _sleep_until(first_at + timedelta(seconds=number / rate))
    traffic.stop()
    oracle.wait_until_calm(url)

    called = oracle.calls(ledger)
    expected |= traffic.made
    wrong = oracle.wrong(url, expected - of_history, called)
    wrong |= {
        "failed creates": len(traffic.failed),
        "connections broken by what nobody stopped": traffic.broken - broken_then,
        "processes that ended by themselves": sum(each.is_dead for each in [*old.processes, *new.processes]),
    }
    told = {
        "runs": len(expected),
        "of them created over HTTP meanwhile": len(traffic.made),
        "runs of long ago": history,
        "s of the migration": round(seconds, 1),
        "s without a create that succeeded, while it migrated": round(traffic.longest_gap(began, migrated), 2),
        "at any time": round(traffic.longest_gap(), 2),
        "s of the slowest create": round(traffic.slowest, 2),
        "s from TERM to the end, at most": round(max(stops), 1),
        "connections broken at a server that was stopped before the balancer knew": broken_then,
        "repeat deliveries": called.total() - len(called),
        "errors in the log of the release before, and of the new one": f"{old.errors} and {new.errors}",
    }
    if traffic.failed:
        told["the first that failed"] = traffic.failed[0]
    if packages := other_packages(old.folder):
        told["packages that it wants in another version"] = ", ".join(packages)
    return Found(
        f"from {git('rev-parse', '--short', 'HEAD', folder=old.folder)} on {url.partition(':')[0]}", wrong, told
    )


def _stopped(process: Process) -> float:
    seconds = process.term()
    time.sleep(BETWEEN_S)
    return seconds


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
