"""
    python -m tests.mutations              switch off each guard once; the tests that are named beside it must go red
    python -m tests.mutations lease        those that have this word in what they see to
    python -m tests.mutations --list       what there is

All works in copies, two at once. First the tests run with all guards in place, and must be green.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from tests import postgresql
from tests.mutations.copies import Copy, Verdict, copy
from tests.mutations.guard import POSTGRESQL, SQLITE, Guard
from tests.mutations.guards import GUARDS
from tests.proof import figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--at-once", type=int, default=2, metavar="N")
    asked = parser.parse_args()
    guards = [guard for guard in GUARDS if all(word in guard.what for word in asked.words)]
    if asked.list:
        print("\n".join(f"{guard.what} ({guard.change.path}, {guard.on})" for guard in guards))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what it has started ends with it
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder, copies(Path(folder), asked.at_once) as free:
        if not is_green(guards, free):
            return 1
        survivors = switched_off(guards, free, asked.at_once)
    found = f"killed {len(guards) - len(survivors)} of {len(guards)}, in {time.monotonic() - began:.0f} s"
    found += f"; survived: {'; '.join(survivors)}" if survivors else ""
    figures.tell("T20", "each guard switched off once", found=found, wanted="all killed", met=not survivors)
    return 1 if survivors else 0


@contextmanager
def copies(folder: Path, number: int) -> Iterator["SimpleQueue[Copy]"]:
    """Copies that nobody works with at the moment."""
    with postgresql.running() as server:
        free: SimpleQueue[Copy] = SimpleQueue()
        for each in range(number):
            free.put(copy(folder / str(each), server.url.removesuffix("postgres") + f"copy{each}"))
        yield free


def is_green(guards: list[Guard], free: "SimpleQueue[Copy]") -> bool:
    """With all guards in place."""
    one = free.get()
    verdicts = []
    for database in (SQLITE, POSTGRESQL):
        tests = dict.fromkeys(test for guard in guards if guard.on == database for test in guard.tests.split())
        verdicts += [one.test(tests, on=database, is_migrated=False, longest_s=1_200)] if tests else []
    free.put(one)
    for verdict in verdicts:
        if verdict.failed or verdict.is_broken:
            print(f"Not green with all guards in place:\n{verdict.output[-10_000:]}")
            return False
    return True


def switched_off(guards: list[Guard], free: "SimpleQueue[Copy]", at_once: int) -> list[str]:
    """What those see to whose absence no test has seen."""

    def judge(guard: Guard) -> Verdict:
        one = free.get()
        try:
            with one.without(guard.changes):
                return one.test(guard.tests.split(), on=guard.on, is_migrated=not guard.is_migration)
        finally:
            free.put(one)

    survivors = []
    with ThreadPoolExecutor(at_once) as pool:
        for guard, verdict in zip(guards, pool.map(judge, guards), strict=True):
            is_killed = bool(verdict.failed) and not verdict.is_broken
            print(f"{'killed' if is_killed else 'SURVIVED'}: {guard.what}: {len(verdict.failed)} red", flush=True)
            if not is_killed:
                survivors.append(guard.what)
                print(f"{verdict.output[-3_000:]}\n" if verdict.is_broken else "", end="", flush=True)
    return survivors


if __name__ == "__main__":
    sys.exit(main())
