"""Limits: the database counts, so that callers who come at the same instant can't slip through together."""

from collections import Counter as Tally
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from clients_app.models import Counter
from clients_app.statements import Statement, execute_all, executed

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
    ON CONFLICT (key, window_ends_at) DO UPDATE SET count = clients_app_counter.count + excluded.count
    RETURNING key, count
"""

# The same on PostgreSQL, which then does something else too, if it counts no more than there may be.
_COUNT_AND_DO = """
    WITH limits AS (SELECT * FROM unnest(%b::text[], %b::int[], %b::int[]) AS limits (key, more, most)),
    counted AS ({count}),
    allowed AS (SELECT WHERE NOT EXISTS (SELECT FROM counted JOIN limits USING (key) WHERE count > most)),
    {then}
    SELECT key, count FROM counted
"""
_OF_LIMITS = "SELECT key, %s, more FROM limits"


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
    [budget] = count_one_by_one([limits], window=window, now=now)
    return budget


def count_one_by_one(
    limits: Sequence[Mapping[str, int]], *, window: timedelta, now: datetime, then: Sequence[Statement] = ()
) -> list[Budget]:
    """
    `count_all` for each of them, one after the other, and yet in one statement. then: what is done in the same
    transaction if none of it was too much; on PostgreSQL each ends with a SELECT that has no FROM yet.
    """
    more = Tally(key for each in limits for key in each)
    most = {key: number for each in limits for key, number in each.items()}
    keys = sorted(more)  # in the same order for all callers, so that none waits for another in a circle
    moment = connection.ops.adapt_datetimefield_value(end_of_window(now, window))
    if then and connection.vendor == "postgresql":
        parts = ", ".join(f"then{number} AS ({each.sql} FROM allowed)" for number, each in enumerate(then))
        sql = _COUNT_AND_DO.format(count=_COUNT.format(rows=_OF_LIMITS), then=parts)
        lists = [keys, [more[key] for key in keys], [most[key] for key in keys]]
        counts = dict(executed(sql, [*lists, moment, *(value for each in then for value in each.values)]).fetchall())
    else:
        sql = _COUNT.format(rows=f"VALUES {', '.join(['(%s, %s, %s)'] * len(keys))}")
        values = [value for key in keys for value in (key, moment, more[key])]
        with transaction.atomic() if then else nullcontext():
            counts = dict(executed(sql, values).fetchall())
            if all(counts[key] <= most[key] for key in keys):
                execute_all(then)
    until_now = Tally(counts) - more
    budgets = []
    for each_limits in limits:
        until_now.update(each_limits.keys())
        counted = [(until_now[key], number) for key, number in each_limits.items()]
        budgets.append(budget_from(counted, window=window, now=now))
    return budgets


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
