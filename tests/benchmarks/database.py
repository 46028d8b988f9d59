"""
The database of a benchmark: the service's tables on a durable PostgreSQL of its own, filled with millions of rows in
SQL, and the process that serves it.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, TypeAlias

import psycopg
from django.db.models import Model
from psycopg import sql

import tests.environment  # noqa: F401 (secrets for the tests)
from tests.acceptance.service import Service
from tests.benchmarks import machine

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

# A key as the service makes them, with the number in it; and a number that looks like chance, the same each time.
_FUNCTIONS: LiteralString = """
    CREATE FUNCTION key_of(moment timestamptz, number bigint) RETURNS uuid LANGUAGE sql STABLE AS $$
        SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7000'
            || '8' || lpad(to_hex(number), 15, '0'))::uuid
    $$;
    CREATE FUNCTION dice(number bigint, salt bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
        SELECT hashint8extended(number, salt) & 9223372036854775807
    $$;
"""
_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = %s::regclass AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u')
    )
"""
_UNIQUE = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'u'
"""


@contextmanager
def of_the_service(**options: str) -> Iterator[tuple[Service, Connection]]:
    """With a connection of an administrator. This process uses it as the service does. options: of the server."""
    with machine.durable_postgresql() as server:
        if options:
            with connected(server.url) as connection:
                for name, value in options.items():
                    connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
            server.stop()
            server.start()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": server.url,
            "LOG_LEVEL": "WARNING",
        }
        service = Service(server.url, 0)
        service.command("migrate", "--verbosity", "0")

        import django
        from django.db import connections

        django.setup()
        with connected(server.url) as connection:
            connection.execute(_FUNCTIONS)
            yield service, connection
        connections.close_all()


@contextmanager
def beside(service: Service, name: str) -> Iterator[tuple[Service, Connection]]:
    """One more database of the same server with the service's tables, as `of_the_service` has it; then `look_at` it."""
    with connected(service.database_url) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    own = Service(f"{service.database_url.rpartition('/')[0]}/{name}", 0)
    own.command("migrate", "--verbosity", "0")
    with connected(own.database_url) as connection:
        connection.execute(_FUNCTIONS)
        yield own, connection


def look_at(service: Service) -> None:
    """From now on this process uses that database."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = service.database_url.rpartition("/")[2]


def connected(url: str) -> Connection:
    """Without a limit of time; each statement is a transaction."""
    return psycopg.connect(url, autocommit=True)


@contextmanager
def filling(connection: Connection, *models: type[Model]) -> Iterator[None]:
    """Their tables have no index but their primary keys and check no reference, until the end of the block."""
    again: list[str] = []
    for model in models:
        table = model._meta.db_table
        for name, definition in connection.execute(_UNIQUE, [table]).fetchall():
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            run(connection, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, definition in connection.execute(_INDEXES, [table]).fetchall():
            again.append(definition.replace(" ON ONLY ", " ON "))  # of the months' tables too, where there are some
            run(connection, f"DROP INDEX {name}")
    run(connection, "ALTER SYSTEM SET max_wal_size = '16GB'")
    run(connection, "SELECT pg_reload_conf()")
    run(connection, "SET session_replication_role = replica")
    yield
    run(connection, "SET session_replication_role = DEFAULT")
    run(connection, "SET maintenance_work_mem = '1GB'")
    for statement in again:
        run(connection, statement)
    for model in models:
        run(connection, f"VACUUM (ANALYZE) {model._meta.db_table}")
    run(connection, "ALTER SYSTEM RESET max_wal_size")
    run(connection, "SELECT pg_reload_conf()")
    run(connection, "CHECKPOINT")


def grow(
    connection: Connection,
    like: Sequence[Model],
    count: int,
    columns: Mapping[str, str],
    *,
    place: str = "0",
    given: str = "",
    values: Mapping[str, object] | None = None,
) -> None:
    """
    Insert rows that are like the ones given but for some columns. columns: expressions, in which `number` counts from
    1 and the values are parameters. place: of the pattern among `like`. given: what FROM has besides the numbers.
    """
    model = type(like[0])
    names = [str(field.column) for field in model._meta.concrete_fields]
    unknown = set(columns) - set(names)
    assert not unknown, unknown
    chosen = ", ".join(columns.get(name, f"pattern.of_{name}") for name in names)
    of_pattern = ", ".join(f"{name} AS of_{name}" for name in names)
    statement = f"""
        INSERT INTO {model._meta.db_table} ({", ".join(names)})
        SELECT {chosen} FROM generate_series(1, %(count)s::bigint) AS number {given}
        JOIN (
            SELECT array_position(%(like)s::uuid[], id) - 1 AS place, {of_pattern} FROM {model._meta.db_table}
            WHERE id = ANY(%(like)s)
        ) AS pattern ON pattern.place = {place}
    """  # noqa: S608 (our own expressions)
    run(connection, statement, {**(values or {}), "count": count, "like": [row.pk for row in like]})


def run(
    connection: Connection, statement: str, values: Mapping[str, object] | None = None
) -> psycopg.Cursor[tuple[Any, ...]]:
    """A statement that is put together here. With values only `%(` begins one, any other `%` is the operator."""
    text = re.sub(r"%(?!\()", "%%", statement) if values else statement
    return connection.execute(text.encode(), values)
