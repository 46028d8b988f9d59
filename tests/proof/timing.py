"""Whether time tells two kinds of calls apart: samples of both, in turn, on one connection to the real service."""

import http.client
import random
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

Ask = Callable[[http.client.HTTPConnection], int]


def auc(first: Sequence[float], second: Sequence[float]) -> float:
    """How likely one of the first is below one of the second: 0.5 if time tells nothing, 0 or 1 if it tells all."""
    ordered = sorted(second)
    above = sum(2 * len(ordered) - bisect_left(ordered, one) - bisect_right(ordered, one) for one in first)
    return above / 2 / len(first) / len(second)


def compared(port: int, ask: tuple[Ask, Ask], samples: int, *, warm_up: int = 20) -> tuple[float, set[int]]:
    """
    The AUC of so many samples of each, and the statuses that were answered. Which of the two comes first changes at
    random, so that whatever else the machine does meets both alike.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    seconds: tuple[list[float], list[float]] = ([], [])
    statuses = set()
    for number in range(-warm_up, samples):
        for kind in random.sample((0, 1), 2):
            began = time.perf_counter()
            status = ask[kind](connection)
            took = time.perf_counter() - began
            if number >= 0:
                seconds[kind].append(took)
                statuses.add(status)
    connection.close()
    return auc(*seconds), statuses


def status_of(
    connection: http.client.HTTPConnection, method: str, path: str, body: str, headers: dict[str, str]
) -> int:
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    response.read()
    return response.status
