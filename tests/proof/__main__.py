"""
    python -m tests.proof              all checks, into tests/proof/report.md
    python -m tests.proof T4 T12       some of them; the lines of the others stay as they are
    python -m tests.proof --list       what there is, and how long it takes

Each check prints lines of figures beside what was wanted. One that is missed or broken ends this with 1, after all the
others.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.proof import figures, report
from tests.proof.checks import CHECKS, Check


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="*", choices=[*CHECKS, []], metavar="CHECK")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(f"{name:4} {check.minutes:3} min  {check.title}" for name, check in CHECKS.items()))
        return 0
    missed = []
    for name in asked.checks or CHECKS:
        lines = figures_of(name, CHECKS[name])
        report.replace(name, lines)
        missed += [name] if not all(line.met for line in lines) else []
    print(f"Missed: {', '.join(missed)}" if missed else "Nothing was missed.")
    return 1 if missed else 0


def figures_of(name: str, check: Check) -> list[report.Line]:
    """What its commands told; one that fails, or tells nothing, and names nothing that was missed is missed itself."""
    print(f"--- {name} {check.title}, about {check.minutes} min", flush=True)
    lines: list[report.Line] = []
    for command in check.commands:
        with tempfile.NamedTemporaryFile() as collected:
            environ = os.environ | {figures.COLLECTED_IN: collected.name}
            done = subprocess.run([sys.executable, "-m", *shlex.split(command)], env=environ, check=False)
            told = [json.loads(row) for row in Path(collected.name).read_text().splitlines()]
        if (done.returncode or not told) and all(row["met"] for row in told):
            what, found = f"`python -m {command}`", f"{len(told)} lines of figures, ended with {done.returncode}"
            told.append({"check": name, "what": what, "found": found, "wanted": "some, and 0", "met": False})
        lines += [report.Line(**row) for row in told if row.pop("check") == name]
    return lines


if __name__ == "__main__":
    sys.exit(main())
