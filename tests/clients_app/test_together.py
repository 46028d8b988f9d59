"""Writes of several threads in one transaction: each has its own end."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from clients_app import together as module
from clients_app.models import Counter
from clients_app.together import together
from tests.acceptance.service import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

At = Callable[[Callable[[], object]], "Future[object]"]


@pytest.fixture
def at_once() -> Iterator[At]:
    """Hands work to another thread, where it waits until the test lets go of the lead."""
    with ThreadPoolExecutor(3) as pool:

        def start(work: Callable[[], object]) -> "Future[object]":
            number = len(module._waiting)
            future = pool.submit(closing, work)
            wait_until(lambda: len(module._waiting) > number)
            return future

        yield start


def closing(work: Callable[[], object]) -> object:
    try:
        return together(work)
    finally:
        connection.close()


def written(key: str) -> Callable[[], str]:
    def write() -> str:
        Counter.objects.create(key=key, window_ends_at="2026-01-01T00:00:00Z", count=1)
        return key

    return write


def keys() -> list[str]:
    return sorted(Counter.objects.values_list("key", flat=True))


def test_each_has_its_own_result(at_once: At, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    lead = module._lead

    def counted(writes: list[Any]) -> None:
        groups.append(len(writes))
        lead(writes)

    monkeypatch.setattr(module, "_lead", counted)
    with module._leading:
        futures = [at_once(written(key)) for key in "abc"]

    assert [future.result(20) for future in futures] == ["a", "b", "c"]
    assert (keys(), groups) == (["a", "b", "c"], [3])


def test_an_error_is_that_of_one_alone(at_once: At) -> None:
    def broken() -> None:
        written("never")()
        raise KeyError("why")

    with module._leading:
        good, bad, also_good = at_once(written("a")), at_once(broken), at_once(written("b"))

    with pytest.raises(KeyError, match="why"):
        bad.result(20)
    assert (good.result(20), also_good.result(20), keys()) == ("a", "b", ["a", "b"])


def test_if_the_transaction_fails_each_hears_of_it(at_once: At, monkeypatch: pytest.MonkeyPatch) -> None:
    def commit(connection: BaseDatabaseWrapper) -> None:
        raise OperationalError("the disk is full")

    with module._leading:
        futures = [at_once(written(key)) for key in "ab"]
        monkeypatch.setattr(BaseDatabaseWrapper, "commit", commit)

    for future in futures:
        with pytest.raises(OperationalError, match="the disk is full"):
            future.result(20)
    monkeypatch.undo()
    assert keys() == []


def test_alone_it_is_a_transaction() -> None:
    assert together(written("a")) == "a"
    with pytest.raises(ZeroDivisionError):
        together(lambda: (written("b")(), 1 / 0))
    assert keys() == ["a"]
