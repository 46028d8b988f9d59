"""A database comes back from a dump that is older than its last runs: what is run again, and with which IDs."""

import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.acceptance.service import PROJECT
from tests.postgresql import Server, binaries
from tests.proof.upgrade import oracle
from tests.proof.upgrade.release import Release
from tests.proof.upgrade.rolling import WORKING, Found, caller_of, receiving


def restore(server: Server, *, number: int, rate: float) -> Found:
    """
    One half of the slots, a dump, the other half but some; then all stops, the dump takes the database's place, and
    all starts again.
    """
    with tempfile.TemporaryDirectory(prefix="restore-") as folder, receiving() as (receiver, ledger):
        release = Release("new", PROJECT, server.url, Path(folder, "log"))
        try:
            return _restore(server.url, release, receiver, ledger, Path(folder, "dump"), number=number, rate=rate)
        finally:
            release.end()


def _restore(url: str, release: Release, receiver: str, ledger: Path, dump: Path, *, number: int, rate: float) -> Found:
    release.migrate()
    web = release.serve()
    caller = caller_of(release, web, receiver)
    working = [process for command in WORKING for process in release.start(command)]
    expected = caller.register(web.service, number, datetime.now(UTC) + timedelta(seconds=5), rate)
    _wait_for_calls(ledger, number // 2)
    _program("pg_dump", url, "--format=custom", f"--file={dump}")
    _wait_for_calls(ledger, number * 9 // 10)
    for process in [*working, web]:
        process.term()
    before, called_before = oracle.runs(url, expected), oracle.calls(ledger)

    # Into an empty one: what `pg_restore --clean` drops first belongs to tables of months.
    _program(
        "psql",
        url,
        "--quiet",
        "--command=SET client_min_messages = warning",
        "--command=DROP SCHEMA public CASCADE",
        "--command=CREATE SCHEMA public",
    )
    _program("pg_restore", url, "--single-transaction", str(dump))
    held = {run.key: run for run in oracle.runs(url, expected)}
    for command in WORKING:
        release.start(command)
    oracle.wait_until_calm(url)

    after, called = oracle.runs(url, expected), oracle.calls(ledger)
    again = called - called_before  # by how often each ID was called since
    was_over = {key for key, run in held.items() if run.state == "SUCCEEDED"}
    ran = {run.account_task: run.key for run in before if run.key in called_before}
    repeated = [run for run in after if run.account_task in ran and again[run.key]]
    strange = [run for run in repeated if run.key not in called_before]
    wrong = oracle.wrong(url, expected, called) | {
        "nothing to see": int(not (was_over and repeated)),
        "runs that the dump has as over and that ran again": len(was_over & set(again)),
        "slots that ran again with an ID not seen before": len(strange),
    }
    told = {
        "runs": len(after),
        "in the dump": len(held),
        "of them over": len(was_over),
        "slots that ran after the dump and before the restore": len(ran) - len(was_over & set(ran.values())),
        "of them run again": len(repeated),
        "with an ID seen before": len(repeated) - len(strange),
        "slots that ran for the first time": len(after) - len(ran),
    }
    return Found("a dump of some time ago comes back", wrong, told)


def _program(name: str, url: str, *words: str) -> None:
    programs = binaries()
    assert programs
    subprocess.run([str(programs / name), f"--dbname={url}", *words], check=True)


def _wait_for_calls(ledger: Path, number: int) -> None:
    """Until the receiver was called so often."""
    give_up_at = time.monotonic() + oracle.PATIENCE_S
    while oracle.calls(ledger).total() < number:
        if time.monotonic() > give_up_at:
            raise RuntimeError(f"{number} calls have not come")
        time.sleep(0.2)
