"""Patience: how long an answer of PostgreSQL is waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

patience: Final = ContextVar("patience", default=35.0)
"""In seconds: longer than the server's own statement_timeout, so that it comes first while the server lives."""


@contextmanager
def impatient(seconds: float) -> Iterator[None]:
    """Inside of it no answer is waited for longer than that; on SQLite it changes nothing."""
    before = patience.set(seconds)
    try:
        yield
    finally:
        patience.reset(before)
