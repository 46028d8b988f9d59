"""
    python -m tests.proof.upgrade                  all, from the newest tag, or else from before the newest migration
    python -m tests.proof.upgrade --from COMMIT    from another release
    python -m tests.proof.upgrade --only restore   or: postgresql, sqlite

The release before and the one that is checked out here work together on one database; then a database comes back from
a dump that is older than its last runs.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import tests.environment  # noqa: F401 (secrets for the tests)
from tests import postgresql
from tests.proof import figures
from tests.proof.upgrade import release, restore, rolling
from tests.proof.upgrade.rolling import Found

PARTS = ("postgresql", "sqlite", "restore")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="commit", metavar="COMMIT", default=release.commit_before())
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--runs", type=int, default=5_000, help="that are registered; more are created meanwhile")
    parser.add_argument("--rate", type=float, default=50, help="slots a second")
    parser.add_argument("--history", type=int, default=200_000, help="finished runs that the migration meets")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what it has started ends with it
    met = [told(found(part, asked)) for part in PARTS if asked.only in (None, part)]
    return 0 if all(met) else 1


def found(part: str, asked: argparse.Namespace) -> Found:
    with release.checked_out(asked.commit) as before:
        if part == "sqlite":
            with tempfile.TemporaryDirectory(prefix="upgrade-") as folder:
                url = f"sqlite:///{Path(folder, 'db.sqlite3')}"
                return rolling.upgrade(url, before, number=asked.runs // 5, rate=asked.rate / 5, history=0)
        with postgresql.running() as server:
            if part == "restore":
                return restore.restore(server, number=asked.runs // 12, rate=asked.rate / 2)
            return rolling.upgrade(server.url, before, number=asked.runs, rate=asked.rate, history=asked.history)


def told(found: Found) -> bool:
    wanted = "0 of what is before the semicolon"
    figures.tell(
        "T19", found.what, found=f"{_listed(found.wrong)}; {_listed(found.told)}", wanted=wanted, met=found.is_met
    )
    return found.is_met


def _listed(facts: Mapping[str, object]) -> str:
    return ", ".join(f"{what} {figure}" for what, figure in facts.items())


if __name__ == "__main__":
    sys.exit(main())
