"""Thousands of calls, over connections that stay open, and what came of them."""

import http.client
import json
import re
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from tests.acceptance.conftest import Customer
from tests.proof.parser_cases import FORM, JSON

PATH = "/api/v2/admin/tasks/account"


class Caller:
    """Calls over connections that stay open, one for each thread; counts the answers of 5xx."""

    def __init__(self, customer: Customer) -> None:
        self._of_thread = threading.local()
        self._port, self._token = customer.service.port, customer.token
        self._open: list[http.client.HTTPConnection] = []
        self.broken: list[str] = []
        self.calls = 0

    def close(self) -> None:
        for connection in self._open:
            connection.close()

    def post(self, content_type: str, body: bytes, path: str = PATH) -> tuple[int, str, Any]:
        """Status, ErrorReason, and Detail."""
        connection = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._open.append(connection)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type, "Accept": JSON}
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return self._read(response.status, response.read(), f"{content_type}: {body[:200]!r}")

    def rows(self) -> dict[str, Any]:
        """All account tasks that there are, by their ID."""
        rows: dict[str, Any] = {}
        path: str | None = f"{PATH}?limit=1000"
        while path:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
            response = connection.getresponse()
            rows |= {row["ID"]: row for row in json.loads(response.read())["ResponseData"]["Detail"]}
            following = re.search(r'<([^>]*)>; rel="next"', response.headers.get("Link", ""))
            path = re.sub("^https?://[^/]*", "", following[1]) if following else None
            connection.close()
        return rows

    def _read(self, status: int, answer: bytes, what: str) -> tuple[int, str, Any]:
        self.calls += 1
        if status >= 500:
            self.broken.append(f"{status} {what}")
        document = json.loads(answer)
        error, data = document["Error"] or {}, document["ResponseData"] or {}
        return status, error.get("ErrorReason", ""), data.get("Detail")


def in_format(content_type: str, members: dict[str, str]) -> bytes:
    if content_type == JSON:
        return json.dumps(members).encode()
    if content_type == FORM:
        return urlencode(members).encode()
    # A carriage return goes as a reference, else every reader of XML makes a line feed of it.
    pairs = ((name, escape(value, {"\r": "&#13;"})) for name, value in members.items())
    return f"<AccountTaskRequest>{''.join(f'<{n}>{v}</{n}>' for n, v in pairs)}</AccountTaskRequest>".encode()


def in_turn(work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(work, items))
