"""The real service as a process: its commands, its web server, its database."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.postgresql import free_port

PROJECT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery staple"
PATIENCE_S = 30


@dataclass(frozen=True)
class Service:
    """more: of the environment. folder: of the code, which may be that of another release."""

    database_url: str
    port: int
    more: dict[str, str] = field(default_factory=dict)
    folder: Path = PROJECT

    @property
    def environ(self) -> dict[str, str]:
        of_new = "WRONG_CREDENTIALS_AT_NEW_ADDRESSES_PER_HOUR"
        of_guesses = ("WRONG_CREDENTIALS_PER_MINUTE", of_new, "WRONG_PASSWORDS_UNTIL_LOCK_OUT")
        limits = (*of_guesses, "CALLS_PER_MINUTE_OF_CLIENT", "CALLS_PER_MINUTE_OF_ACCOUNT")
        return os.environ | dict.fromkeys(limits, "1000000") | {"DATABASE_URL": self.database_url} | self.more

    def command(self, *arguments: str) -> str:
        """What `manage.py` prints."""
        command = [sys.executable, "-W", "error", "manage.py", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json_of(self, *arguments: str) -> Any:
        return json.loads(self.command(*arguments, "--json"))

    @contextmanager
    def running(self, *arguments: str, **environ: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A command of `manage.py` that goes on, until the end of the block."""
        command = [sys.executable, "manage.py", *arguments]
        process = subprocess.Popen(command, cwd=self.folder, env=self.environ | environ)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(PATIENCE_S)

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def token(self, client: dict[str, str]) -> str:
        form = {"grant_type": "client_credentials", "client_id": client["ID"], "client_secret": client["Secret"]}
        content_type = "application/x-www-form-urlencoded"
        status, body = self.call("POST", "/Token", urlencode(form).encode(), Content_Type=content_type)
        assert status == 200, body
        token: str = json.loads(body)["access_token"]
        return token

    def is_up(self) -> bool:
        try:
            return self.call("GET", "/healthz")[0] == 200
        except OSError:
            return False


@contextmanager
def serving(database_url: str, *, application: str = "config.wsgi:application", **more: str) -> Iterator[Service]:
    """The service on a free port, with its database migrated, until the end of the block. more: of the environment."""
    service = Service(database_url, free_port(), more)
    service.command("migrate", "--verbosity", "0")
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "2"]
    options = [
        "--http",
        "1",
        "--blocking-threads",
        "192",
        "--workers-kill-timeout",
        "20",
        "--port",
        str(service.port),
        "--log-level",
        "error",
    ]
    process = subprocess.Popen([*server, *options, application], cwd=PROJECT, env=service.environ)
    try:
        wait_until(service.is_up)
        yield service
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s in vain"
        time.sleep(0.05)


def exchange(
    port: int, request: bytes, method: str, *, is_last: bool = False
) -> tuple[http.client.HTTPResponse, bytes]:
    """
    The answer to a request as it stands, on a connection of its own, and its body. is_last: nothing will follow, which
    the server is told.
    """
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        connection.sendall(request)
        if is_last:
            connection.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return response, response.read()
