"""A copy of the project, in which a guard can be switched off without anybody seeing it."""

import multiprocessing
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.mutations import child
from tests.mutations.guard import POSTGRESQL, PROJECT, SQLITE, Change

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".env", "db.sqlite3*", ".*_cache", ".hypothesis", "node_modules")
fork_server = multiprocessing.get_context("forkserver")
fork_server.set_forkserver_preload(["tests.mutations.preload"])

ALL_WELL, FAILED = 0, 1  # what pytest ends with; anything else is no verdict
PATIENCE_S = 300


@dataclass(frozen=True)
class Verdict:
    """failed: the tests that did. is_broken: it ended otherwise than by tests that failed, or all passed."""

    failed: list[str]
    is_broken: bool
    output: str


@dataclass(frozen=True)
class Copy:
    """url: of a server of PostgreSQL; the copy makes a database of its own there."""

    folder: Path
    url: str

    @contextmanager
    def without(self, changes: Iterable[Change]) -> Iterator[None]:
        """The files come back with the time that they had: what was compiled of the others is out of date by it."""
        with _kept(self.folder / change.path for change in changes):
            for change in changes:
                file = self.folder / change.path
                file.write_text(change.made(file.read_text()))
            yield

    def test(self, tests: Iterable[str], *, on: str, is_migrated: bool, longest_s: float = PATIENCE_S) -> Verdict:
        """is_migrated: with a database that was migrated before, to save the time."""
        report, output = self.folder / "tests.xml", self.folder / "output"
        report.unlink(missing_ok=True)
        url = self.url if on == POSTGRESQL else "sqlite:///test.sqlite3"
        template = self.folder / "template.sqlite3" if is_migrated and on == SQLITE else None
        process = fork_server.Process(target=child.test, args=(self.folder, url, list(tests), template))
        process.start()
        process.join(longest_s)
        if process.exitcode is None:
            process.kill()
            process.join()
        failed = _failed(report) if report.exists() else []
        is_broken = process.exitcode not in (ALL_WELL, FAILED) or bool(process.exitcode) != bool(failed)
        return Verdict(failed, is_broken, output.read_text() if output.exists() else "")


@contextmanager
def _kept(files: Iterable[Path]) -> Iterator[None]:
    kept = {file: file.with_name(f"{file.name}.kept") for file in set(files)}
    for file, beside in kept.items():
        shutil.copy2(file, beside)
    try:
        yield
    finally:
        for file, beside in kept.items():
            beside.replace(file)


def _failed(report: Path) -> list[str]:
    """Tests that failed; what is broken before a test begins, or after it has ended, is an error and no failure."""
    cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 (pytest has written it)
    return [case.get("name", "") for case in cases if case.find("failure") is not None]


def copy(folder: Path, url: str) -> Copy:
    shutil.copytree(PROJECT, folder, ignore=LEFT_OUT)
    return Copy(folder, url)
