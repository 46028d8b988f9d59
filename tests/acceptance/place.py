"""A service with an account in it, for the browser."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance import pages
from tests.acceptance.conftest import empty_database
from tests.acceptance.service import PROJECT, Service, serving


@dataclass(frozen=True)
class Place:
    """ids: of what its pages show, by the words that stand in their addresses."""

    service: Service
    ids: dict[str, str]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.service.port}"

    def address(self, name: str) -> str:
        return (pages.OF_ANYBODY | pages.OF_MEMBERS | pages.MORE)[name].format(**self.ids)


@contextmanager
def filled(kind: str, folder: Path) -> Iterator[Place]:
    """kind: what `seed` makes."""
    with empty_database(kind, folder) as url:
        # Before the server starts: it looks once which files there are.
        Service(url, 0).command("collectstatic", "--no-input", "--verbosity", "0")
        with serving(url) as service:
            yield _seeded(kind, service)


def _seeded(kind: str, service: Service) -> Place:
    command = [sys.executable, "-m", "tests.acceptance.seed", kind]
    done = subprocess.run(command, cwd=PROJECT, env=service.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Place(service, json.loads(done.stdout))
