"""The permanent cast of the tests: one account, its neighbour, and a task that takes any parameters."""

import json
import logging
from collections.abc import Callable, Iterator
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings
from structlog.stdlib import ProcessorFormatter

from clients_app import limits
from config import logs
from tasks_app.models import Task
from tests import factories
from tests.api.calls import Api
from tests.factories import Party

audit_guard = import_module("clients_app.migrations.0009_audit_entries_stay")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """A database for each of the processes that share the tests. SQLite's in a file: one in memory has other locks."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Threads of the tests that have ended leave connections, which PostgreSQL would not drop the database under."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")


@pytest.fixture(scope="session", autouse=True)
def emptied_audit_trail() -> Iterator[None]:
    """After a test with transactions of its own everything goes, on SQLite by DELETE, which the audit trail refuses."""
    operations: Any = DatabaseWrapper.ops_class
    flush = operations.execute_sql_flush

    def emptied(self: Any, statements: list[str]) -> None:
        flush(self, [*audit_guard.OFF["sqlite"], *statements, *audit_guard.ON["sqlite"]])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", emptied)
        yield


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """The tables of procrastinate are not among those that Django empties after a test with transactions."""
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture(autouse=True)
def cheap_hasher(settings: Settings, request: pytest.FixtureRequest) -> None:
    """Secrets cost nothing to hash, but where the hasher itself is tested."""
    if "real_hasher" not in request.keywords:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


Logged = Callable[[], list[dict[str, Any]]]


def log_formatter(form: str) -> ProcessorFormatter:
    """As settings name it. form: json or text."""
    options = dict(logs.configuration("INFO", form)["formatters"]["line"])
    options.pop("()")
    return ProcessorFormatter(**options)


@pytest.fixture
def logged() -> Iterator[Logged]:
    """The events that were logged meanwhile, as production has them."""
    output = StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(log_formatter("json"))
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in output.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted by the minute or hour begins with the test: no window ends in the middle of it."""
    monkeypatch.setattr(limits, "EPOCH", timezone.now())


@pytest.fixture
def account(db: None) -> Party:
    return factories.party(name="Acme")


@pytest.fixture
def neighbour(db: None) -> Party:
    return factories.party(name="Neighbour")


@pytest.fixture
def task(db: None) -> Task:
    return factories.task()


@pytest.fixture
def api() -> Api:
    """The API as nobody; `api.of(account)` is the API as that account's client."""
    return Api()
