"""A process that does things, one after the other, while somebody counts them: how soon, how fast, at what cost."""

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from tests.acceptance.service import PROJECT
from tests.benchmarks import machine

UNTIL_THE_FIRST = 60  # seconds
UNTIL_IT_ENDS = 10


@dataclass(frozen=True)
class Seen:
    """
    start: seconds from its start to the first thing that it did. rate: things a second from then on. own, of_stores:
    CPU of a thing in microseconds, its own and of the database or broker. mb: the most memory that it had.
    """

    start: float
    rate: float
    own: float
    of_stores: float
    mb: float


def watch(
    command: Sequence[str],
    environ: Mapping[str, str],
    done: Callable[[], int],
    wanted: int,
    *,
    stores: Sequence[int],
    seconds: float,
    every: float,
) -> Seen:
    """
    Until so many things are done, or so many seconds have gone by since the first. stores: processes that the database
    and the broker come from. every: how many seconds lie between two looks.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=subprocess.DEVNULL)
    try:
        first = now = 0
        while not first:
            assert process.poll() is None, f"{command} has ended"
            assert time.perf_counter() < began + UNTIL_THE_FIRST, f"{command} does nothing"
            time.sleep(0.01)
            first = done()
        first_at, before = time.perf_counter(), _cpu(process.pid, stores)
        most = 0.0
        while now < wanted and time.perf_counter() < first_at + seconds:
            time.sleep(every)
            now = done()
            most = max(most, machine.resident_mb(machine.tree(process.pid)))
        spent = time.perf_counter() - first_at
        own, of_stores = (end - start for start, end in zip(before, _cpu(process.pid, stores), strict=True))
    finally:
        _end(process)
    moved = now - first
    assert moved > 0, f"{command} did all at once, or nothing more"
    return Seen(first_at - began, moved / spent, 1e6 * own / moved, 1e6 * of_stores / moved, most)


def median(seen: Sequence[Seen]) -> Seen:
    return Seen(*(statistics.median(getattr(one, field.name) for one in seen) for field in fields(Seen)))


def _cpu(pid: int, stores: Sequence[int]) -> tuple[float, float]:
    return machine.cpu_seconds(machine.tree(pid)), sum(machine.cpu_seconds(machine.tree(store)) for store in stores)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(UNTIL_IT_ENDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
