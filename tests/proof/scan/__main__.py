"""
    python -m tests.proof.scan                      all scanners, against SQLite or the database of DATABASE_URL
    python -m tests.proof.scan bandit sqlmap        some of them

Installs what it needs for its own time, but for sqlmap, which is Debian's. It ends with 1 if anything was found that is
not explained, or is explained and not found any more, or if a scanner can't be had.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from tests.acceptance.place import filled
from tests.proof import figures
from tests.proof.scan import guesses, injections, static, tools, walk
from tests.proof.scan.session import sign_in

STATIC = {"bandit": static.bandit, "semgrep": static.semgrep, "detect-secrets": static.secrets, "deploy": static.deploy}
LIVE = ("guesses", "sqlmap", "wapiti")  # the last one changes what it walks through


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", nargs="*", choices=[*STATIC, *LIVE, []], metavar="TOOL")
    asked = parser.parse_args().tools or [*STATIC, *LIVE]
    results = _done({name: scan for name, scan in STATIC.items() if name in asked})
    if set(LIVE) & set(asked):
        os.environ.update({"LOG_LEVEL": "CRITICAL", "HTTPS": "false", "BASIC_AUTHENTICATION": "true"})
        engine = "PostgreSQL" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "SQLite"
        with TemporaryDirectory() as folder, filled("lively", Path(folder)) as place:
            session = sign_in(place)
            scans: dict[str, Callable[[], bool]] = {
                "guesses": lambda: guesses.guess(session),
                "sqlmap": lambda: injections.sqlmap(session, place, engine),
                "wapiti": lambda: walk.wapiti(session),
            }
            results += _done({name: scans[name] for name in LIVE if name in asked})
    return 0 if all(results) else 1


def _done(scans: Mapping[str, Callable[[], bool]]) -> list[bool]:
    return [_result(name, scan) for name, scan in scans.items()]


def _result(name: str, scan: Callable[[], bool]) -> bool:
    try:
        return scan()
    except tools.Missing as error:
        figures.tell("T18", name, found=str(error), wanted="a scan", met=False)
        return False


if __name__ == "__main__":
    sys.exit(main())
