"""Canaries: secrets that are unlike any other text, where each of them may be, and a look for them everywhere else."""

import http.client
import os
import secrets
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.cookies import SimpleCookie
from urllib.parse import quote, urlencode

from tests.acceptance.service import PATIENCE_S

FILES = "files of the database"
Places = dict[str, bytes]  # what stands in each place, by its name


@dataclass(frozen=True)
class Canary:
    """may: patterns of the names of places where it belongs. also: how else it is written."""

    kind: str
    value: str
    may: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def is_in(self, content: bytes) -> bool:
        spellings = (self.value, quote(self.value, safe=""), *self.also)
        return any(spelling.encode() in content for spelling in spellings)

    def belongs_in(self, name: str) -> bool:
        """In the files of a database one table can't be told from another."""
        return any(fnmatchcase(name, each) or (name == FILES and each.startswith("table ")) for each in self.may)


@dataclass
class Cage:
    """The canaries of one walk through the service."""

    canaries: list[Canary] = field(default_factory=list)

    def fresh(self, kind: str, *may: str, prefix: str = "") -> str:
        return self.add(kind, prefix + secrets.token_hex(20), *may)

    def add(self, kind: str, value: str, *may: str, also: tuple[str, ...] = ()) -> str:
        self.canaries.append(Canary(kind, value, may, also))
        return value

    def hits(self, places: Places) -> Iterator[tuple[Canary, str, bool]]:
        """Wherever one is seen; and whether it may be there."""
        for canary in self.canaries:
            for name, content in places.items():
                if canary.is_in(content):
                    yield canary, name, canary.belongs_in(name)


@dataclass
class Visitor:
    """A browser or a caller of the API; all answers, with their headers, are kept in `places` under method and path."""

    port: int
    places: defaultdict[str, bytes]
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        return self.call("GET", path, **headers)

    def post(self, path: str, **form: str) -> tuple[int, str]:
        """A form of a page that was opened before."""
        body = urlencode(form | {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")})
        return self.call("POST", path, body, Content_Type="application/x-www-form-urlencoded")

    def call(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            named["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body.encode(), named)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for header in answer.headers.get_all("Set-Cookie", []):
            for name, cookie in SimpleCookie(header).items():
                self.cookies[name] = cookie.value
        self.places[f"{method} {path}"] += str(answer.headers).encode() + content
        return answer.status, content.decode(errors="replace")


@contextmanager
def said_into(log: str, out: str) -> Iterator[None]:
    """What this process and those that it starts say goes into two files: standard error and standard output."""
    kept = os.dup(2), os.dup(1)
    for number, path in ((2, log), (1, out)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    try:
        yield
    finally:
        for number, old in zip((2, 1), kept, strict=True):
            os.dup2(old, number)
            os.close(old)
