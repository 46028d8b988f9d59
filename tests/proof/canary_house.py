"""The house that canaries go through: its processes, and all that is seen of it."""

import base64
import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.service import PROJECT, Service
from tests.proof.canaries import Cage, Visitor

ANN, OLGA = "ann@acme.example", "olga@service.example"
ACCOUNT_TASKS, CLIENTS = "/api/v2/admin/tasks/account", "/api/v2/admin/clients"
FORM = "application/x-www-form-urlencoded"


@dataclass
class House:
    """The service while it runs, what goes through it, and all that was seen of it. receiver: of calls, its address."""

    service: Service
    cage: Cage
    places: defaultdict[str, bytes]
    folder: Path
    receiver: str

    def command(self, *arguments: str) -> str:
        """As `manage.py`, with the handler that fails."""
        command = [sys.executable, "-m", "tests.proof.failing", *arguments]
        done = subprocess.run(
            command, cwd=PROJECT, env=self.service.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json_of(self, *arguments: str) -> Any:
        return json.loads(self.command(*arguments, "--json"))

    def sql(self, statement: str) -> None:
        self.command(
            "shell", "--no-imports", "-c", f"from django.db import connection as c; c.cursor().execute('{statement}')"
        )

    def api(self, token: str, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {token}"} | ({"Content_Type": "application/json"} if body else {})
        status, text = self.visitor().call(method, path, json.dumps(body) if body else "", **headers)
        assert status < 300, text
        return json.loads(text)["ResponseData"]["Detail"]

    def has_tried(self, token: str, account_task: str, run: str) -> bool:
        return bool(self.api(token, "GET", f"{ACCOUNT_TASKS}/{account_task}/runs/{run}")["Attempts"])

    @property
    def mail(self) -> str:
        return "".join(each.read_text() for each in (self.folder / "mail").glob("*"))

    def visitor(self) -> Visitor:
        return Visitor(self.service.port, self.places)

    def sign_in(self, email: str, password: str, door: str = "/sign-in") -> Visitor:
        visitor = self.visitor()
        visitor.get(door)
        self.csrf(visitor)
        status, text = visitor.post(door, username=email, password=password)
        assert status == 302, text
        self.csrf(visitor)
        at = (f"POST {door}", "POST /sign-in/code")
        self.cage.add("the cookie of a session", visitor.cookies["sessionid"], *at)
        return visitor

    def csrf(self, visitor: Visitor) -> None:
        """Any page with a form in it gives it to its browser once more."""
        self.cage.add("the cookie against forms of other sites", visitor.cookies["csrftoken"], "GET *", "POST *")


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
