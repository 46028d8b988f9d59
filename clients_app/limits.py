"""Limits: the database counts, so that callers who come at the same instant can't slip through together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F

from clients_app.models import Counter

MINUTE = timedelta(minutes=1)
KEPT = timedelta(days=1)  # how long a count stays after its window

# One statement for both databases; the ORM has none that counts and answers the count at once.
_COUNT = """
    INSERT INTO clients_app_counter (key, window_ends_at, count) VALUES (%s, %s, 1)
    ON CONFLICT (key, window_ends_at) DO UPDATE SET count = clients_app_counter.count + 1
    RETURNING count
"""


class LimitReached(Exception):
    """Too many of these."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(self.__doc__)
        self.wait = wait


def count(key: str, *, most: int, window: timedelta, now: datetime) -> None:
    """
    Count one more of `key` in the window that `now` lies in (windows follow each other from the epoch on).

    Raises LimitReached, with the time until the next window, if that makes more than `most`.
    """
    ends_at = _end_of_window(now, window)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [key, connection.ops.adapt_datetimefield_value(ends_at)])
        (so_far,) = cursor.fetchone()
    if so_far == 1:
        Counter.objects.filter(window_ends_at__lt=now - KEPT).delete()
    if so_far > most:
        raise LimitReached(ends_at - now)


def take_back(key: str, *, window: timedelta, now: datetime) -> None:
    """Count one less of `key`: it turned out not to be what is limited."""
    Counter.objects.filter(key=key, window_ends_at=_end_of_window(now, window)).update(count=F("count") - 1)


@contextmanager
def wrong_credentials(name: str, *, address: str | None, now: datetime) -> Iterator[None]:
    """
    Around the check of a secret: counted before, so that guesses in parallel are all counted, and taken back if the
    check does not raise. Counted for the name at one address, so that nobody can lock out another, and at ten times
    the limit for the address, whatever the name. Raises LimitReached.
    """
    most = settings.WRONG_CREDENTIALS_PER_MINUTE
    limits = {f"credentials at {address}": 10 * most, f"credentials at {address} of {name[:100]}": most}
    for key, limit in limits.items():
        count(key, most=limit, window=MINUTE, now=now)
    yield
    for key in limits:
        take_back(key, window=MINUTE, now=now)


def _end_of_window(now: datetime, window: timedelta) -> datetime:
    return now + window - (now - datetime.fromtimestamp(0, UTC)) % window
