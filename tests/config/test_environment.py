"""A missing or wrong value fails at start with a sentence that says what to set."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

import tests.environment
from config import environment

PROJECT = Path(__file__).resolve().parents[2]


def read_settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> dict[str, Any]:
    """The settings, read anew; an empty value takes the variable away, and `.env` files are out of reach."""
    monkeypatch.setattr(environment, "read_file", lambda path: None)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
        if not value:
            monkeypatch.delenv(name)
    return runpy.run_path(str(PROJECT / "config" / "settings.py"))


WRONG = [
    ("SECRET_KEY", "", "SECRET_KEY is not set. Set it to at least 50 random characters"),
    ("SECRET_KEY", "short", "SECRET_KEY is wrong. Set it to at least 50 random characters"),
    ("ENCRYPTION_KEYS", "", "ENCRYPTION_KEYS is not set. Set it to one or more Fernet keys"),
    ("ENCRYPTION_KEYS", "abc", "ENCRYPTION_KEYS is wrong. Set it to one or more Fernet keys"),
    ("DEBUG", "maybe", "DEBUG is wrong. Set it to true or false."),
    ("HTTPS", "ja", "HTTPS is wrong. Set it to true or false."),
    ("DATABASE_URL", "mysql://x/y", "DATABASE_URL is wrong. Set it to sqlite:///path/of/file or postgres://"),
    ("DATABASE_URL", "db.sqlite3", "DATABASE_URL is wrong."),
    ("DATABASE_URL", "postgres://localhost:port/x", "DATABASE_URL is wrong."),
    ("EMAIL_URL", "pigeon://post", "EMAIL_URL is wrong. Set it to consolemail:// or smtp+tls://"),
    ("TRUSTED_PROXY_COUNT", "-1", "TRUSTED_PROXY_COUNT is wrong. Set it to a whole number of at least 0."),
    ("WRONG_CREDENTIALS_PER_MINUTE", "ten", "WRONG_CREDENTIALS_PER_MINUTE is wrong."),
    ("WRONG_CREDENTIALS_AT_NEW_ADDRESSES_PER_HOUR", "0", "WRONG_CREDENTIALS_AT_NEW_ADDRESSES_PER_HOUR is wrong."),
    ("WRONG_PASSWORDS_UNTIL_LOCK_OUT", "0", "WRONG_PASSWORDS_UNTIL_LOCK_OUT is wrong. Set it to a whole number of at"),
    ("LOCK_OUT_MINUTES", "half", "LOCK_OUT_MINUTES is wrong. Set it to a whole number of at least 1."),
    ("SESSION_IDLE_HOURS", "0", "SESSION_IDLE_HOURS is wrong. Set it to a whole number of at least 1."),
    ("SESSION_HOURS", "0.5", "SESSION_HOURS is wrong. Set it to a whole number of at least 1."),
    ("CALLS_PER_MINUTE_OF_CLIENT", "0", "CALLS_PER_MINUTE_OF_CLIENT is wrong. Set it to a whole number of at least 1."),
    ("CALLS_PER_MINUTE_OF_ACCOUNT", "many", "CALLS_PER_MINUTE_OF_ACCOUNT is wrong."),
    ("ENGINE", "steam", "ENGINE is wrong. Set it to one of embedded, distributed."),
    ("OUTBOUND_ALLOWED_NETWORKS", "10.1.2.3/8", "OUTBOUND_ALLOWED_NETWORKS is wrong. Set it to networks such as"),
    ("WORKER_THREADS", "0", "WORKER_THREADS is wrong. Set it to a whole number of at least 1."),
    ("STOP_SECONDS", "soon", "STOP_SECONDS is wrong."),
    ("LEASE_SECONDS", "4", "LEASE_SECONDS is wrong. Set it to a whole number of at least 5."),
    ("STATEMENT_SECONDS", "half", "STATEMENT_SECONDS is wrong. Set it to a whole number of at least 0."),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "OTEL_EXPORTER_OTLP_ENDPOINT is wrong. Set it to an address"),
    ("OUTBOUND_TRACEPARENT", "maybe", "OUTBOUND_TRACEPARENT is wrong. Set it to true or false."),
    ("LOG_LEVEL", "LOUD", "LOG_LEVEL is wrong. Set it to one of DEBUG, INFO, WARNING, ERROR, CRITICAL."),
]


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_what_is_missing_or_wrong_is_said(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings(monkeypatch, **{name: value})

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("name", ["SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "EMAIL_URL"])
def test_the_value_itself_is_never_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings(monkeypatch, **{name: "x://hunter2"})

    assert "hunter2" not in str(refused.value)


def test_nothing_but_the_secrets_must_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {*tests.environment.VALUES, "DATABASE_URL"} - {"SECRET_KEY", "ENCRYPTION_KEYS"}

    settings = read_settings(monkeypatch, **dict.fromkeys(names, ""))

    assert (settings["DEBUG"], settings["HTTPS"]) == (False, True)
    assert settings["DATABASES"]["default"]["NAME"] == str(PROJECT / "db.sqlite3")


def test_a_relative_path_of_a_database_starts_at_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(monkeypatch, DATABASE_URL="sqlite:///some.sqlite3")

    assert settings["DATABASES"]["default"]["NAME"] == str(PROJECT / "some.sqlite3")


def test_options_of_the_url_of_a_database_go_before_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgres://owner@db/tasks?options=-c%20statement_timeout%3D0"

    options = read_settings(monkeypatch, DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]

    assert options["options"] == "-c statement_timeout=0"
    assert options["connect_timeout"] == 5


def test_a_start_with_a_wrong_value_ends_with_the_sentence() -> None:
    process = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env=os.environ | {"SECRET_KEY": "short"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode != 0
    assert process.stderr.strip().splitlines()[-1].endswith("`make .env` writes a fresh one.")


def test_the_real_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", "real")
    monkeypatch.setenv("TWO", "to be taken back")
    monkeypatch.delenv("TWO")
    (tmp_path / ".env").write_text("ONE=file\nTWO=file\n")

    environment.read_file(tmp_path / ".env")

    assert (environment.text("ONE", ""), environment.text("TWO", "")) == ("real", "file")


@pytest.mark.parametrize("value", ["", "no", "2"])
def test_a_flag_is_strict(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAG", value)

    with pytest.raises(ImproperlyConfigured):
        environment.flag("FLAG", "true")


@pytest.mark.parametrize(
    ("url", "chosen", "engine"),
    [
        ("sqlite:///x.sqlite3", "", "embedded"),
        ("postgres://u:p@h/x", "", "distributed"),
        ("postgres://u:p@h/x", "Embedded", "embedded"),
    ],
)
def test_the_database_chooses_the_engine(monkeypatch: pytest.MonkeyPatch, url: str, chosen: str, engine: str) -> None:
    choice = {"ENGINE": chosen} if chosen else {}

    settings = read_settings(monkeypatch, DATABASE_URL=url, **choice)

    assert settings["TASKS"]["default"]["BACKEND"] == f"tasks_app.engine.{engine}.Backend"
    assert ("django_tasks_db" in settings["INSTALLED_APPS"]) == (engine == "embedded")


def test_the_distributed_engine_needs_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="The distributed engine needs PostgreSQL: set it to embedded"):
        read_settings(monkeypatch, DATABASE_URL="sqlite:///x.sqlite3", ENGINE="distributed")


@pytest.mark.parametrize(("proxies", "believed"), [("0", None), ("1", ("HTTP_X_FORWARDED_PROTO", "https"))])
def test_a_proxy_is_believed_about_tls_if_it_is_trusted(
    monkeypatch: pytest.MonkeyPatch, proxies: str, believed: tuple[str, str] | None
) -> None:
    settings = read_settings(monkeypatch, TRUSTED_PROXY_COUNT=proxies)

    assert settings.get("SECURE_PROXY_SSL_HEADER") == believed
