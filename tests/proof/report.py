"""The report of the proofs, a table in Markdown: read to keep the lines of checks that are not run again."""

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.proof.checks import CHECKS

PATH = Path(__file__).with_name("report.md")
HEAD = """\
# What the proofs found

Written by `python -m tests.proof`, which `make proof` runs; a check that is run alone replaces its own lines. What is
missed says so, and why below the table.

| check | what | found | wanted | | when, on what, at which commit |
|---|---|---|---|---|---|
"""
TAIL = "\n## Why what was missed\n"
ROW = re.compile(r"^\| (T\d+) \|")


@dataclass(frozen=True)
class Line:
    what: str
    found: str
    wanted: str
    met: bool


def replace(check: str, lines: list[Line]) -> None:
    """Write the lines of a check into the report, in the place of those that it had."""
    text = PATH.read_text() if PATH.exists() else HEAD + TAIL
    rows = [row for row in text.splitlines() if (found := ROW.match(row)) and found[1] != check]
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_machine()}, {commit_of(Path(__file__).parent)}"
    for line in lines:
        cells = (check, line.what, line.found, line.wanted, "met" if line.met else "**missed**", made)
        rows.append(f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |")
    order = list(CHECKS)
    rows.sort(key=lambda row: order.index(key) if (key := row.split()[1]) in order else len(order))
    _, _, why = text.partition(TAIL)
    PATH.write_text(HEAD + "".join(f"{row}\n" for row in rows) + TAIL + why)


def _machine() -> str:
    [model] = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)[:1] or [""]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{os.cpu_count()} cores, {model or platform.machine()}, {memory:.0f} GiB"


def commit_of(folder: Path) -> str:
    """The commit that lies there, and whether files besides the report differ from it."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(folder), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    # From the top of the project; an absolute path after :! would leave nothing out.
    is_changed = git("status", "--porcelain", "--untracked-files=no", "--", ":/", f":!{PATH.name}")
    return git("rev-parse", "--short", "HEAD") + (" and changes" if is_changed else "")
