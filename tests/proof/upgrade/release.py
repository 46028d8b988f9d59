"""A release: its code in a folder, and its processes, which run beside those of another one on the same database."""

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.acceptance.service import PROJECT, Service
from tests.postgresql import free_port

MIGRATIONS: Final = ("tasks_app/migrations/0*.py", "clients_app/migrations/0*.py")
SERVER: Final = ("-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "1", "--blocking-threads", "4")
OPTIONS: Final = {
    "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
    "LOG_LEVEL": "WARNING",
    "LEASE_SECONDS": "20",
    "STOP_SECONDS": "10",
    "WORKER_THREADS": "4",
}
PATIENCE_S: Final = 120  # from the start to the first answer, and from TERM to the end


def git(*words: str, folder: Path = PROJECT) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit_before() -> str:
    """The newest tag; without tags the last commit before the newest migration came."""
    if tags := git("tag", "--sort=-creatordate").split():
        return tags[0]
    newest = git("log", "-1", "--diff-filter=A", "--format=%H", "--", *MIGRATIONS)
    return f"{newest}^"


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """The code of a commit, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="release-") as place:
        folder = Path(place, "code")
        git("worktree", "add", "--detach", str(folder), commit)
        try:
            yield folder
        finally:
            git("worktree", "remove", "--force", str(folder))


def other_packages(folder: Path) -> list[str]:
    """What that release wants in another version than is installed here, or not at all."""
    wanted, here = (
        dict(re.findall(r"^([\w.-]+)==(\S+)", (place / "requirements.lock").read_text(), re.MULTILINE))
        for place in (folder, PROJECT)
    )
    return sorted(name for name, version in wanted.items() if here.get(name) != version)


@dataclass
class Process:
    """what: a command of manage.py, or the web server. code: what it ended with, once it was told to."""

    what: str
    service: Service
    log: Path
    is_told: bool = False

    def __post_init__(self) -> None:
        words = (
            [*SERVER, "--port", str(self.service.port), "--log-level", "error", "config.wsgi:application"]
            if self.what == "web"
            else ["manage.py", self.what]
        )
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *words], cwd=self.service.folder, env=self.service.environ, stderr=log, stdout=log
            )

    @property
    def is_dead(self) -> bool:
        """By itself."""
        return not self.is_told and self._process.poll() is not None

    def term(self) -> float:
        """How many seconds it took to end. Raises RuntimeError if it ended otherwise than well."""
        began, self.is_told = time.monotonic(), True
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(PATIENCE_S)
        if code not in (0, -signal.SIGTERM):
            raise RuntimeError(f"{self.what} ended with {code}")
        return time.monotonic() - began

    def end(self) -> None:
        """A web server that is killed leaves those behind that it has started."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass
class Release:
    """name: of it in figures. log: of all of its processes."""

    name: str
    folder: Path
    url: str
    log: Path
    processes: list[Process] = field(default_factory=list)

    def service(self, port: int = 0) -> Service:
        return Service(self.url, port, OPTIONS, self.folder)

    def start(self, what: str, number: int = 1) -> list[Process]:
        started = [Process(what, self.service(free_port()), self.log) for _ in range(number)]
        self.processes += started
        return started

    def serve(self) -> Process:
        """A web server that answers."""
        [web] = self.start("web")
        give_up_at = time.monotonic() + PATIENCE_S
        while not web.service.is_up():
            if web.is_dead or time.monotonic() > give_up_at:
                raise RuntimeError(f"{self.name}: the web server does not answer: {self.log.read_text()[-2_000:]}")
            time.sleep(0.1)
        return web

    def migrate(self) -> float:
        """How many seconds it took."""
        began = time.monotonic()
        self.service().command("migrate", "--verbosity", "0")
        return time.monotonic() - began

    def end(self) -> None:
        for process in self.processes:
            process.end()

    @property
    def errors(self) -> int:
        """What it has logged as an error."""
        return len(re.findall(r"\bERROR\b", self.log.read_text())) if self.log.exists() else 0
