"""
Turns: whose delivery comes next when more waits than workers can do. First come, first served would make one account
wait until thousands of another's are done; so each account gets one turn after the other, and all of them in turn.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

LATEST: Final = 2**31 - 1  # that a priority of PostgreSQL can hold; beyond it all wait in line
REMEMBERED: Final = 10_000  # owners, until those are forgotten that wait for nothing any more


class Turns:
    """
    Start-time fair queueing, as one process knows it. Turns are whole numbers from 1 on. What is not known, because the
    process began anew, or because another process or thread gave out turns too, makes the order less fair, and loses
    nothing.
    """

    def __init__(self) -> None:
        self._last: dict[UUID, int] = {}

    def of(self, owners: Iterable[UUID], *, next_up: int | None) -> list[int]:
        """
        A turn for each, after the last one of the same owner. next_up: the turn that is now the first of those who
        wait; nobody comes before it, however long they had nothing to do. None: nobody waits, and all begin anew.
        """
        first = next_up or 1
        if next_up is None:
            self._last.clear()
        elif len(self._last) > REMEMBERED:
            self._last = {owner: turn for owner, turn in self._last.items() if turn >= first}
        given = []
        for owner in owners:
            turn = self._last[owner] = min(max(self._last.get(owner, 0) + 1, first), LATEST)
            given.append(turn)
        return given
