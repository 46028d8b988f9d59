"""The service with an account, a client and a task that takes any parameters."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Browser, sync_playwright
from psycopg.conninfo import make_conninfo

from tests import postgresql
from tests.acceptance.browser import CHROMIUM, QUIET
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


@contextmanager
def empty_database(name: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database of the kind that the tests run on, for the block. folder: where a file may lie."""
    wanted = settings.DATABASES["default"]
    if "sqlite" in wanted["ENGINE"]:
        yield f"sqlite:///{folder / name}.sqlite3"
        return
    name = f"account_tasks_{name}_{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    place = {"host": wanted["HOST"], "port": wanted["PORT"], "user": wanted["USER"], "password": wanted["PASSWORD"]}
    with psycopg.connect(make_conninfo(dbname=wanted["NAME"], **place), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        yield f"postgres://{place['user']}:{place['password']}@{place['host']}:{place['port']}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with empty_database("acceptance", tmp_path_factory.mktemp("service")) as url:
        yield url


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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()
