"""The roles of the database: the service's can do all that the service does, and nothing to the audit trail."""

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from tests import postgresql
from tests.acceptance.service import Service
from tests.deploy.place import DEPLOY

pytestmark = [pytest.mark.acceptance, pytest.mark.postgresql]

PASSWORDS = {"OWNER_PASSWORD": "the owner's", "SERVICE_PASSWORD": "the service's"}
OF_MIGRATION = "?options=-c%20lock_timeout%3D2s%20-c%20statement_timeout%3D0"


class Installed:
    """A database as the guide makes it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.set_roles()
        self.service("account_tasks_owner", OF_MIGRATION).command("migrate", "--verbosity", "0")
        self.set_roles()

    def set_roles(self) -> None:
        psql = [str(program_of_postgresql("psql")), "--no-psqlrc", "--set=ON_ERROR_STOP=1"]
        place = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres"}
        command = [*psql, f"--file={DEPLOY / 'roles.sql'}"]
        subprocess.run(command, env=os.environ | place | PASSWORDS, check=True)

    def url(self, role: str) -> str:
        return f"postgres://{role}@127.0.0.1:{self.port}/account_tasks"

    def service(self, role: str, options: str = "") -> Service:
        return Service(self.url(role) + options, port=0)

    def asked(self, statement: str, role: str = "account_tasks") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(role), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


def program_of_postgresql(name: str) -> str:
    folder = postgresql.binaries()
    assert folder is not None
    return str(folder / name)


@pytest.fixture(scope="module")
def installed() -> Iterator[Installed]:
    if postgresql.binaries() is None:
        pytest.skip("PostgreSQL is not on this machine")
    with postgresql.running() as server:
        yield Installed(server.port)


def test_the_service_does_its_work_as_its_role(installed: Installed) -> None:
    service = installed.service("account_tasks")
    service.command("load_demo", "--url", "http://127.0.0.1:8000")
    [(account_task,)] = installed.asked("SELECT id FROM tasks_app_accounttask WHERE is_enabled LIMIT 1")
    service.command("run_task", str(account_task))
    service.command("run_dispatcher", "--once")
    service.command("run_worker", "--once")
    service.command("prune_runs")

    [(runs,)] = installed.asked("SELECT count(*) FROM tasks_app_taskrun WHERE state IN ('SUCCEEDED', 'FAILED')")
    [(entries,)] = installed.asked("SELECT count(*) FROM clients_app_auditentry")

    assert runs
    assert entries


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clients_app_auditentry SET by = 'somebody else'",
        "DELETE FROM clients_app_auditentry",
        "TRUNCATE clients_app_auditentry",
        "ALTER TABLE clients_app_auditentry DISABLE TRIGGER ALL",
        "DROP TABLE clients_app_auditentry",
        "CREATE OR REPLACE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
        "SET ROLE account_tasks_owner",
        "TRUNCATE tasks_app_taskrun CASCADE",
        "DELETE FROM django_migrations",
        "CREATE TABLE anything (id int)",
        "CREATE SCHEMA anything",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
    ],
)
def test_the_service_may_not(installed: Installed, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        installed.asked(statement)


def test_the_service_owns_nothing(installed: Installed) -> None:
    owned = "SELECT count(*) FROM pg_shdepend WHERE refobjid = 'account_tasks'::regrole AND deptype = 'o'"

    assert installed.asked(owned) == [(0,)]


def test_tables_of_the_next_release_are_the_services_too(installed: Installed) -> None:
    installed.asked("CREATE TABLE of_the_next_release (id bigserial, name text)", role="account_tasks_owner")

    installed.asked("INSERT INTO of_the_next_release (name) VALUES ('one')")
    installed.asked("UPDATE of_the_next_release SET name = 'first'")

    assert installed.asked("DELETE FROM of_the_next_release RETURNING id, name") == [(1, "first")]


def test_passwords_are_kept_as_scram_verifiers(installed: Installed) -> None:
    kept = installed.asked("SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'account_tasks%'", role="postgres")

    assert len(kept) == 2
    assert all(str(each).startswith("SCRAM-SHA-256$") for (each,) in kept)


def test_an_open_transaction_of_the_service_does_not_stay(installed: Installed) -> None:
    found = [
        installed.asked(f"SHOW {name}")
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    ]

    assert found == [[("30s",)], [("15s",)], [("1min",)]]


def test_a_migration_may_take_long_but_does_not_wait_long_for_a_lock(installed: Installed) -> None:
    ask = "from django.db import connection as c; u = c.cursor(); u.execute('SHOW {}'); print(u.fetchone()[0])"
    shell = "shell", "--no-imports", "--command"

    migrates = installed.service("account_tasks_owner", OF_MIGRATION)
    serves = installed.service("account_tasks")

    assert migrates.command(*shell, ask.format("lock_timeout")).strip() == "2s"
    assert migrates.command(*shell, ask.format("statement_timeout")).strip() == "0"
    assert serves.command(*shell, ask.format("lock_timeout")).strip() == "15s"
