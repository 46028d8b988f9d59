"""Patience: how long an answer of PostgreSQL is waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from django.conf import settings

MORE: Final = 5.0  # seconds than the server's own statement_timeout, so that it comes first while the server lives

_chosen: Final = ContextVar[float | None]("chosen", default=None)


def patience() -> float | None:
    """In seconds; None without a limit."""
    chosen = _chosen.get()
    if chosen is None and settings.STATEMENT_SECONDS:
        return float(settings.STATEMENT_SECONDS + MORE)
    return chosen


@contextmanager
def impatient(seconds: float) -> Iterator[None]:
    """Inside of it no answer is waited for longer than that; on SQLite it changes nothing."""
    before = _chosen.set(seconds)
    try:
        yield
    finally:
        _chosen.reset(before)
