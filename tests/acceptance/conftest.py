"""The service with an account, a client and a task that takes any parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from psycopg.conninfo import make_conninfo

from tests import postgresql
from tests.acceptance.service import PASSWORD, Service, serving


@dataclass(frozen=True)
class Customer:
    """Whoever calls the service: a token, and a task of the catalogue."""

    service: Service
    user_id: str
    client: dict[str, str]
    token: str
    task_id: UUID


def customer_of(service: Service) -> Customer:
    account = service.json_of("create_account", "--name", "Acme", "--email", "ann@acme.example", "--password", PASSWORD)
    client = service.json_of("create_client", "--email", "ann@acme.example", "--name", "Acceptance")
    task = service.json_of("add_task", "--id", "B1B5A0A1-1234-4ABC-8DEF-0123456789AB", "--name", "Any parameters")
    return Customer(service, account["UserID"], client, service.token(client), UUID(task["ID"]))


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database of the kind that the tests run on."""
    wanted = settings.DATABASES["default"]
    if "sqlite" in wanted["ENGINE"]:
        yield f"sqlite:///{tmp_path_factory.mktemp('service') / 'db.sqlite3'}"
        return
    name = "account_tasks_acceptance"
    place = {"host": wanted["HOST"], "port": wanted["PORT"], "user": wanted["USER"], "password": wanted["PASSWORD"]}
    with psycopg.connect(make_conninfo(dbname=wanted["NAME"], **place), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        yield f"postgres://{place['user']}:{place['password']}@{place['host']}:{place['port']}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def customer(database_url: str) -> Iterator[Customer]:
    with serving(database_url) as service:
        yield customer_of(service)


@pytest.fixture
def postgresql_server() -> Iterator[postgresql.Server]:
    if postgresql.binaries() is None:
        pytest.skip("PostgreSQL is not on this machine")
    with postgresql.running() as server:
        yield server
