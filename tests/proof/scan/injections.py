"""Parameters as sqlmap sees them: those of the API's lists by token, those of the pages by session."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from tempfile import TemporaryDirectory
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.acceptance.place import Place
from tests.proof import figures
from tests.proof.scan import tools
from tests.proof.scan.findings import Finding, judge
from tests.proof.scan.session import Session

API = "/api/v2/admin"
DAY = "2026-01-31T09:00:00Z"
CURSOR = "eyJzIjogMX0"


def lists_of_the_api(ids: dict[str, str]) -> dict[str, dict[str, str]]:
    one = f"{API}/tasks/account/{ids['account_task']}"
    page = {"limit": "20", "cursor": CURSOR}
    moments = dict.fromkeys(("CreatedFrom", "CreatedTo", "NextRunFrom", "NextRunTo"), DAY)
    chosen = {"TaskID": ids["task"], "ClientID": ids["client"], "Frequency": "DAILY", "Enabled": "true"}
    return {
        f"{API}/tasks": {"sort": "Name", **page},
        f"{API}/tasks/account": {
            **chosen,
            "Status": "FAILED",
            "search": "stock",
            "sort": "NextRunOn",
            **moments,
            **page,
        },
        f"{one}/runs": {"Status": "FAILED", "sort": "DateCreated", **page},
        f"{one}/schedule": {"count": "2"},
        f"{API}/clients": {"sort": "Name", **page},
    }


def filters_of_pages(ids: dict[str, str]) -> dict[str, dict[str, str]]:
    chosen = {"task": ids["task"], "client": ids["client"], "frequency": "3", "status": "FAILED", "is_enabled": "true"}
    filters = {**chosen, "search": "stock", "sort": "name", "cursor": CURSOR}
    return {
        "/tasks": filters,
        "/tasks/export.csv": filters,
        "/tasks/new": {"task": ids["task"], "search": "stock"},
        "/tasks/bulk/new": {"verb": "PAUSE", "id": ids["account_task"]},
        f"/tasks/{ids['account_task']}": {"state": "FAILED", "trigger": "SCHEDULE", "cursor": CURSOR},
        "/inbox": {"unread": "1", "cursor": CURSOR},
        "/clients": {"revoked": "1", "cursor": CURSOR},
        "/settings/users": {"cursor": CURSOR},
    }


def sqlmap(session: Session, place: Place, engine: str) -> bool:
    """engine: as sqlmap names the database that stands behind."""
    by_token, by_session = f"Authorization: Bearer {session.token}", f"Cookie: {session.cookie}"
    asked = [(by_token, path, given) for path, given in lists_of_the_api(place.ids).items()]
    asked += [(by_session, path, given) for path, given in filters_of_pages(place.ids).items()]
    with tools.installed("sqlmap") as program:
        with vulnerable_server() as address:
            sees = bool(_injected(program, address, "Accept: */*", "SQLite"))
        wanted = "an injection"
        figures.tell(
            "T18", "sqlmap, a server that formats its SQL", found=wanted if sees else "nothing", wanted=wanted, met=sees
        )
        found = [
            Finding("sqlmap", "injection", f"{path} {name}")
            for header, path, given in asked
            for name in _injected(program, f"{session.origin}{path}?{urlencode(given)}", header, engine)
        ]
    number = sum(len(given) for _, _, given in asked)
    return judge("sqlmap", f"{number} parameters of {len(asked)} addresses, {engine}", found) and sees


def _injected(program: str, address: str, header: str, engine: str) -> list[str]:
    """The parameters that it can put SQL into. All of its ways but those that write, on its first level."""
    given = parse_qs(urlsplit(address).query)
    with TemporaryDirectory() as folder:
        options = ["--batch", "--flush-session", "--disable-coloring", "--output-dir", folder, "--level", "1"]
        options += ["--technique", "BEUT", "--time-sec", "2", "--dbms", engine, "--threads", "4", "--timeout", "30"]
        # 400 and 302 are what a wrong value gets: nothing to stop at.
        options += ["--ignore-code", "400", "--ignore-redirects", "--header", header, "-p", ",".join(given)]
        printed = tools.said(program, "--url", address, *options)
    not_tried = [name for name in given if f"parameter '{name}'" not in printed]
    if not_tried:
        raise RuntimeError(f"sqlmap did not try {not_tried} of {address}: {printed[-2_000:]}")
    return [line.split()[1] for line in printed.splitlines() if line.startswith("Parameter: ")]


@contextmanager
def vulnerable_server() -> Iterator[str]:
    """An address that makes SQL of its parameter, so that the scan is known to see it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query).get("q", [""])[0]
            with closing(sqlite3.connect(":memory:")) as rows:
                rows.execute("CREATE TABLE person AS SELECT 'Ann' AS name UNION SELECT 'Bob'")
                try:
                    body = str(rows.execute(f"SELECT name FROM person WHERE name = '{asked}'").fetchall())  # noqa: S608
                except sqlite3.Error as error:
                    body = str(error)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/?q=Ann"
    finally:
        server.shutdown()
        server.server_close()
