"""What several threads want at the same moment is done in one go, and each gets its own result."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Event, Thread

import pytest

from clients_app.together import Together
from tests.acceptance.service import wait_until

MOST = 3


class Work:
    """Doubles numbers, but for those that are no good. It goes on when it may."""

    def __init__(self, *, patience: float) -> None:
        self.may_go_on, self.groups = Event(), list[list[int]]()
        self.together = Together(self._do, most=MOST, patience=patience)

    def begin(self, *numbers: int) -> list[Future[int]]:
        """Wishes of as many threads, one after the other."""
        before, futures = self._seen(), list[Future[int]]()
        for place, number in enumerate(numbers):
            futures.append(in_a_thread(partial(self.together, number)))
            wait_until(partial(self._has_seen, before + place + 1))
        return futures

    def _has_seen(self, count: int) -> bool:
        return self._seen() == count

    def _seen(self) -> int:
        return sum(map(len, self.groups)) + len(self.together._waiting)

    def _do(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.groups.append([*numbers])
        assert self.may_go_on.wait(20)
        if 13 in numbers:
            raise KeyError(13)
        return [ValueError(number) if number < 0 else 2 * number for number in numbers]


def in_a_thread(do: Callable[[], int]) -> Future[int]:
    """One that keeps no process from ending if it waits for ever."""
    future = Future[int]()

    def run() -> None:
        try:
            future.set_result(do())
        except Exception as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future


def at_once(*numbers: int, patience: float = 0) -> tuple[Work, list[Future[int]]]:
    """The first wish is at work when the others come, one after the other."""
    work = Work(patience=patience)
    futures = work.begin(*numbers)
    work.may_go_on.set()
    return work, futures


def test_what_comes_meanwhile_is_done_next_and_no_more_than_may_be() -> None:
    work, futures = at_once(0, 1, 2, 3, 4)

    assert [future.result(10) for future in futures] == [0, 2, 4, 6, 8]
    assert work.groups == [[0], [1, 2, 3], [4]]


def test_an_exception_is_raised_where_it_was_wished_for() -> None:
    _, futures = at_once(0, -1, 2)

    with pytest.raises(ValueError, match="-1"):
        futures[1].result(10)
    assert [futures[0].result(10), futures[2].result(10)] == [0, 4]


def test_what_ends_with_an_exception_has_it_for_all_and_keeps_nobody_waiting() -> None:
    work, futures = at_once(0, 13, 2, 3, 4)

    for future in futures[1:4]:
        with pytest.raises(KeyError):
            future.result(10)
    assert futures[4].result(10) == 8
    assert work.together(5) == 10


def test_those_who_were_answered_together_are_waited_for() -> None:
    work, futures = at_once(0, 1, 2, 3, patience=60)
    assert [future.result(10) for future in futures] == [0, 2, 4, 6]

    futures = work.begin(4, 5, 6)

    assert [future.result(10) for future in futures] == [8, 10, 12]
    assert work.groups == [[0], [1, 2, 3], [4, 5, 6]]


def test_they_are_not_waited_for_for_ever_and_only_once() -> None:
    work, futures = at_once(0, 1, 2, 3, patience=0.01)
    assert [future.result(10) for future in futures] == [0, 2, 4, 6]

    assert work.together(4) == 8
    work.together._patience = 60
    [future] = work.begin(5)

    assert future.result(10) == 10
    assert work.groups == [[0], [1, 2, 3], [4], [5]]
