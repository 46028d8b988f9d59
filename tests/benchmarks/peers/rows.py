"""The callers that everybody is measured with, the product too, and the database of a peer with them in it."""

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg

SCHEMA: Final = Path(__file__).with_name("schema.sql")
CALLERS: Final = 200  # an account, a user, a client and a token each
TASK: Final = UUID("b1b5a0a1-1234-4abc-8def-0123456789ab")
TASK_NAME: Final = "Call a URL"
LIFETIME: Final = timedelta(hours=8)  # of a token

# To SQLite a uuid would be a number if it has no letter; it keeps moments as texts.
SQLITE_TYPES: Final = {" uuid": " char(32)", " timestamptz": " text"}
SQLITE: Final = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"  # of each connection


def token(number: int) -> str:
    return f"act_{number:043}"


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def key(kind: int, number: int) -> UUID:
    """Of a caller's row. kind: 1 account, 2 user, 3 client."""
    return UUID(int=kind << 96 | 0x7 << 76 | 0b10 << 62 | number)


def email(number: int) -> str:
    return f"user{number}@example.org"


def inserts(now: datetime) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """Names of tables with their rows."""
    numbers = range(CALLERS)
    yield "tasks", [(TASK, TASK_NAME, True)]
    yield "accounts", [(key(1, number), f"Account {number}") for number in numbers]
    yield "users", [(key(2, number), key(1, number), email(number)) for number in numbers]
    yield "clients", [(key(3, number), key(1, number), key(2, number), None) for number in numbers]
    yield "tokens", [(digest(token(number)), key(3, number), now + LIFETIME) for number in numbers]


def fill(url: str) -> None:
    """Make the tables in an empty database, and the callers. url: as DATABASE_URL has it."""
    if path := sqlite_path(url):
        _fill_sqlite(path)
        return
    with psycopg.connect(url) as connection:
        connection.execute(SCHEMA.read_bytes())
        for table, rows in inserts(datetime.now(UTC)):
            connection.cursor().executemany(_insert(table, ["%s"] * len(rows[0])).encode(), rows)


def sqlite_path(url: str) -> str | None:
    """None if it is not the URL of a database of SQLite."""
    scheme, _, rest = url.partition(":///")
    return rest if scheme == "sqlite" else None


def _fill_sqlite(path: str) -> None:
    schema = SCHEMA.read_text()
    for name, other in SQLITE_TYPES.items():
        schema = schema.replace(name, other)
    with sqlite3.connect(path) as connection:
        connection.executescript(SQLITE + schema)
        for table, rows in inserts(datetime.now(UTC)):
            connection.executemany(_insert(table, ["?"] * len(rows[0])), [tuple(map(plain, row)) for row in rows])
    connection.close()


def plain(value: object) -> object:
    """As SQLAlchemy and Django write it to SQLite."""
    if isinstance(value, UUID):
        return value.hex
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value


def _insert(table: str, places: list[str]) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join(places)})"  # noqa: S608 (names of our own)
