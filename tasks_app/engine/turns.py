"""
Turns: whose delivery comes next when more waits than workers can do. First come, first served would make one account
wait until thousands of another's are done; so each account gets one turn after the other, and all of them in turn.
"""

import time
from collections.abc import Iterable
from threading import Lock
from typing import Final
from uuid import UUID

LATEST: Final = 2**31 - 1  # that a priority of PostgreSQL can hold; beyond it all wait in line
KNOWN_FOR: Final = 60.0  # seconds since an owner's last turn was given out, after which it has most likely come
CROWD: Final = 10_000  # owners, from which on those are looked for who are not known any more


class Turns:
    """
    Start-time fair queueing, as one process knows it. Turns are whole numbers from 1 on. What is not known, because it
    was long ago or another process gave out turns too, makes the order less fair, and loses nothing.
    """

    def __init__(self) -> None:
        self._last: dict[UUID, tuple[int, float]] = {}  # the turn, and when it was given out
        self._lock = Lock()

    def of(self, owners: Iterable[UUID], *, next_up: int | None) -> list[int]:
        """
        A turn for each, after the last one of the same owner. next_up: the turn that is now the first of those who
        wait; nobody comes before it, however long they had nothing to do. None: nobody waits, and all begin anew.
        """
        first, now = next_up or 1, time.monotonic()
        with self._lock:
            if next_up is None:
                self._last.clear()
            elif len(self._last) > CROWD:
                self._last = {owner: last for owner, last in self._last.items() if now - last[1] < KNOWN_FOR}
            return [self._next(owner, first, now) for owner in owners]

    def _next(self, owner: UUID, first: int, now: float) -> int:
        last, at = self._last.get(owner, (0, now))
        turn = min(max(last + 1, first) if now - at < KNOWN_FOR else first, LATEST)
        self._last[owner] = turn, now
        return turn
