"""Limits: the database counts, so that callers who come at the same instant can't slip through together."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F

from clients_app.models import Counter
from clients_app.statements import executed

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KNOWN_FOR = timedelta(days=30)  # how long an address is known for a name, from the last time that it was right there
ADDRESSES = 4  # that it takes at least to use up what a name has at all addresses that are new to it
WRONG_CODES_PER_HOUR = 20  # of a second factor; at this pace all six digits take 2 years to the first lucky guess
EPOCH = datetime.fromtimestamp(0, UTC)  # from which on windows follow each other
KEPT = timedelta(days=1)  # how long a count stays after its window

# One statement for both databases; the ORM has none that counts and answers the count at once.
_COUNT = """
    INSERT INTO clients_app_counter (key, window_ends_at, count) {rows}
    ON CONFLICT (key, window_ends_at) DO UPDATE SET count = clients_app_counter.count + 1
    RETURNING key, count
"""

# The same around another query, of PostgreSQL alone: one more of what its row is counted as, if it has one.
_COUNT_FOUND = """
    WITH found AS ({found}), keys (key) AS (SELECT unnest(ARRAY[{keys}]) FROM found), counted AS ({count}), {then}
    SELECT found.*, {columns} FROM found
"""
_OF_KEYS = 'SELECT key, %s, 1 FROM keys ORDER BY key COLLATE "C"'


class LimitReached(Exception):
    """Too many of these."""

    def __init__(self, wait: timedelta, window: timedelta) -> None:
        """wait: what is left of the window in which they were counted."""
        super().__init__(self.__doc__)
        self.wait, self.window = wait, window

    @property
    def minutes(self) -> str:
        """To wait, rounded up, in words."""
        minutes = -(-self.wait // MINUTE)
        return f"{minutes} minute{'' if minutes == 1 else 's'}"


@dataclass(frozen=True)
class Budget:
    """Of what may be done in a window, how much is left; `wait` until the next window."""

    most: int
    left: int
    wait: timedelta


def count(key: str, *, most: int, window: timedelta, now: datetime) -> Budget:
    """
    Count one more of `key` in the window that `now` lies in (windows follow each other from the epoch on).

    Raises LimitReached, with the time until the next window, if that makes more than `most`.
    """
    budget = count_all({key: most}, window=window, now=now)
    if budget.left < 0:
        raise LimitReached(budget.wait, window)
    return budget


def count_all(limits: Mapping[str, int], *, window: timedelta, now: datetime) -> Budget:
    """
    Count one more of each key, in one statement. The budget that has least left, below zero if that was too much.
    limits: how much there may be, by key.
    """
    ends_at = end_of_window(now, window)
    rows = f"VALUES {', '.join(['(%s, %s, 1)'] * len(limits))}"
    keys = sorted(limits)  # in the same order for all callers, so that none waits for another in a circle
    moment = connection.ops.adapt_datetimefield_value(ends_at)
    counts = dict(executed(_COUNT.format(rows=rows), [value for key in keys for value in (key, moment)]).fetchall())
    return budget_from([(counts[key], most) for key, most in limits.items()], window=window, now=now)


def counting(*keys: str, then: str, columns: Sequence[str]) -> str:
    """
    A statement of PostgreSQL around a query of one row, in place of its braces, which counts one more of each key; its
    next parameter is the end of the window. keys: SQL, from columns of the row. then: what else is done with the row
    (`found`), as parts of a WITH. columns: that are added to the row, behind them the counts.
    """
    told = ", ".join([*columns, *map(count_of, keys)])
    count = _COUNT.format(rows=_OF_KEYS)
    return _COUNT_FOUND.format(found="{}", keys=", ".join(keys), count=count, then=then, columns=told)


def count_of(key: str) -> str:
    """In a statement of `counting`: how many there are of that key by now, as SQL."""
    return f"(SELECT count FROM counted WHERE key = {key})"  # noqa: S608 (SQL of our own)


def end_of_window(now: datetime, window: timedelta) -> datetime:
    """Windows follow each other from the epoch on."""
    return now + window - (now - EPOCH) % window


def budget_from(counts: Sequence[tuple[int, int]], *, window: timedelta, now: datetime) -> Budget:
    """counts: how many of something there were in the window until now, and how many there may be."""
    if any(count == 1 for count, _ in counts):
        Counter.objects.filter(window_ends_at__lt=now - KEPT).delete()
    left, most = min((most - count, most) for count, most in counts)
    return Budget(most, left, end_of_window(now, window) - now)


def take_back(key: str, *, window: timedelta, now: datetime) -> None:
    """Count one less of `key`: it turned out not to be what is limited."""
    Counter.objects.filter(key=key, window_ends_at=end_of_window(now, window)).update(count=F("count") - 1)


@contextmanager
def wrong_credentials(name: str, *, address: str | None, now: datetime) -> Iterator[None]:
    """
    Around the check of a secret: counted before, so that guesses in parallel are all counted, and taken back if the
    check does not raise. By the minute it is counted for the address, whatever the name, and for the name there. Where
    the name was not right before, it is counted by the hour too: for the name there, and for the name at all such
    addresses together, so that many addresses guess no more than a few. Whoever uses that up keeps nobody out where
    the name is known; elsewhere a letter with a link makes an address known. Raises LimitReached.
    """
    most, of_new = settings.WRONG_CREDENTIALS_PER_MINUTE, settings.WRONG_CREDENTIALS_AT_NEW_ADDRESSES_PER_HOUR
    here = f"credentials at {address} of {name[:100]}"
    known = Counter.objects.filter(key=f"right {here}", window_ends_at__gt=now)
    known_until = known.order_by("-window_ends_at").values_list("window_ends_at", flat=True).first()
    by_minute = {f"credentials at {address}": 10 * most, here: most}
    by_hour = {f"new {here}": -(-of_new // ADDRESSES), f"new credentials of {name[:100]}": of_new}
    budget = count_all(by_minute, window=MINUTE, now=now)
    if budget.left < 0:
        raise LimitReached(budget.wait, MINUTE)
    if known_until is None:
        for key, limit in by_hour.items():  # one after the other: one address must not use up what all have
            count(key, most=limit, window=HOUR, now=now)
    yield
    for key in by_minute:
        take_back(key, window=MINUTE, now=now)
    if known_until is None:
        for key in by_hour:
            take_back(key, window=HOUR, now=now)
    if known_until != _known_until(now):
        remember(name, address=address, now=now)


def remember(name: str, *, address: str | None, now: datetime) -> None:
    """From now on the address is known for the name: somebody was right there. Written at most once a day."""
    key = f"right credentials at {address} of {name[:100]}"
    Counter.objects.get_or_create(key=key, window_ends_at=_known_until(now), defaults={"count": 1})


def _known_until(now: datetime) -> datetime:
    return end_of_window(now, DAY) + KNOWN_FOR


@contextmanager
def wrong_codes(user_id: UUID, *, now: datetime) -> Iterator[None]:
    """
    The same around the check of a code of the second factor, from whatever address: who gets so far has the password,
    so that nobody else is locked out by it.
    """
    key = f"codes of {user_id}"
    count(key, most=WRONG_CODES_PER_HOUR, window=HOUR, now=now)
    yield
    take_back(key, window=HOUR, now=now)
