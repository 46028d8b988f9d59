"""Addresses that somebody guesses: files that lie about, ways around a path. None may be answered."""

from http.client import HTTPConnection
from itertools import product

from tests.acceptance.service import PATIENCE_S
from tests.proof.scan.findings import Finding, judge
from tests.proof.scan.session import Session
from tests.test_every_url import address_of, own_patterns

FILES = (
    ".env", ".git/config", ".git/HEAD", ".gitignore", ".svn/entries", ".htaccess", ".ci/run", ".venv/pyvenv.cfg",
    "manage.py", "pyproject.toml", "requirements.lock", "Makefile", "Procfile", "README.md", "db.sqlite3",
    "config/settings.py", "config/__init__.py", "backup.zip", "dump.sql", "backup.tar.gz", "id_rsa", "nohup.out",
    "server-status", "phpinfo.php", "wp-login.php", "debug", "__debug__/", "console", "metrics", "docs", "graphql",
    "swagger.json", "openapi.json", "actuator/health", "api/v1/docs", "static/", "static/admin/", "media/", ".static/",
    ".well-known/", "trace", "status", "test", "admin.php", "login", "logout", "accounts/login/", "api-auth/login/",
)  # fmt: skip
OUT = ("../", "..%2f", "%2e%2e/", "..%5c", "....//", "%252e%252e%252f", "/./../", "..;/")
ENDINGS = (".bak", "~", ".old", ".orig", ".save", ".swp", ".py", ".json", ".php", "%00", ";", "/..;/", "%20", ".git")
METHODS = ("TRACE", "CONNECT", "PROPFIND", "DEBUG", "PUT", "DELETE", "PATCH", "OPTIONS")
OPEN = {200, 206}


def guessed() -> list[tuple[str, str]]:
    """Methods and paths."""
    known = [address_of(pattern.removesuffix("(?:/|$)")) for pattern in own_patterns()]
    paths = [f"/{file}" for file in FILES]
    paths += [f"/static/{out * 4}{file}" for out, file in product(OUT, ("etc/passwd", ".env", "manage.py"))]
    paths += [f"{path.rstrip('/') or '/x'}{ending}" for path, ending in product(known, ENDINGS)]
    paths += [f"/help/{out}{file}" for out, file in product(OUT, (".env", "etc/passwd"))]
    return [("GET", path) for path in paths] + [(method, path) for method, path in product(METHODS, known)]


def guess(session: Session) -> bool:
    """As nobody, and with session and token at once."""
    port = int(session.origin.rpartition(":")[2])
    signed_in = {"Cookie": session.cookie, "Authorization": f"Bearer {session.token}"}
    asked = [(headers, *each) for headers in ({}, signed_in) for each in guessed()]
    found = []
    for headers, method, path in asked:
        status, body = _answer(port, method, path, headers)
        if status >= 500:
            found.append(Finding("guesses", f"answered {status}", f"{method} {path}"))
        elif status in OPEN and body:
            found.append(Finding("guesses", "answered", f"{method} {path}"))
    return judge("guesses", f"{len(asked):,} calls", found)


def _answer(port: int, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
