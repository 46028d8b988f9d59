"""Reads the settings' values from the environment and `.env`; what is missing or wrong is said in a sentence."""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

Value = TypeVar("Value")
Network = IPv4Network | IPv6Network

_env = environ.Env()

DATABASES = {
    "sqlite": "config.sqlite",
    "postgres": "config.postgresql",
    "postgresql": "config.postgresql",
}
MAIL_SCHEMES = ("consolemail", "dummymail", "filemail", "memorymail", "smtp", "smtp+ssl", "smtp+tls", "smtps")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def read_file(path: Path) -> None:
    """Take values from a `.env` file if there is one; the real environment goes before it."""
    if path.is_file():
        _env.read_env(path)


def text(name: str, default: str) -> str:
    return _read(name, str, "a text", default)


def words(name: str, default: str) -> list[str]:
    """Words between commas; blanks around them don't count."""
    return _read(name, _words, "words with commas between them", default)


def flag(name: str, default: str) -> bool:
    return _read(name, _flag, "true or false", default)


def number(name: str, default: str, *, least: int) -> int:
    def parse(value: str) -> int:
        if int(value) < least:
            raise ValueError
        return int(value)

    return _read(name, parse, f"a whole number of at least {least}", default)


def choice(name: str, default: str, *, of: tuple[str, ...]) -> str:
    def parse(value: str) -> str:
        return {word.lower(): word for word in of}[value.lower()]

    return _read(name, parse, f"one of {', '.join(of)}", default)


def networks(name: str, default: str) -> list[Network]:
    """Networks in the CIDR notation."""

    def parse(value: str) -> list[Network]:
        return [ip_network(word) for word in _words(value)]

    return _read(name, parse, "networks such as 10.1.0.0/16 with commas between them", default)


def secret_key(name: str) -> str:
    def parse(value: str) -> str:
        if len(value) < 50:
            raise ValueError
        return value

    return _read(name, parse, "at least 50 random characters; `make .env` writes a fresh one")


def fernet_keys(name: str) -> list[str]:
    """Fernet keys, the newest first: the first encrypts, all decrypt."""

    def parse(value: str) -> list[str]:
        keys = _words(value)
        if not keys:
            raise ValueError
        for key in keys:
            Fernet(key)
        return keys

    must_be = "one or more Fernet keys (32 bytes in URL-safe Base64), the newest first; `make .env` writes a fresh one"
    return _read(name, parse, must_be)


def database(name: str, default: str) -> dict[str, Any]:
    """Django's ENGINE, NAME, HOST, … of a database URL."""

    def parse(value: str) -> dict[str, Any]:
        engine = DATABASES[urlsplit(value).scheme]
        found: dict[str, Any] = _env.db_url_config(value, engine=engine)
        if not found["NAME"]:
            raise ValueError
        return found

    return _read(name, parse, "sqlite:///path/of/file or postgres://user:password@host:port/name", default)


def collector(name: str) -> str:
    """The address of a collector of OpenTelemetry, or nothing."""

    def parse(value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port)):
            raise ValueError
        return value

    return _read(name, parse, "an address such as http://127.0.0.1:4318, or leave it empty", "")


def mail(name: str, default: str) -> dict[str, Any]:
    """Django's EMAIL_* settings of a mail URL."""

    def parse(value: str) -> dict[str, Any]:
        if urlsplit(value).scheme not in MAIL_SCHEMES:
            raise ValueError
        found: dict[str, Any] = _env.email_url_config(value)
        return found

    return _read(name, parse, "consolemail:// or smtp+tls://user:password@host:port", default)


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


def _flag(value: str) -> bool:
    return {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}[value.lower()]


def _read(name: str, parse: Callable[[str], Value], must_be: str, default: str | None = None) -> Value:
    """
    Raises ImproperlyConfigured with a sentence that says what to set. It never shows the value: it may be a secret.
    """
    value = _env.ENVIRON.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. Set it to {must_be}.")
    try:
        return parse(value.strip())
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"{name} is wrong. Set it to {must_be}.") from error
