"""Calls of the express lane that are done together: to each of them it is as if it were alone."""

import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from clients_app import clients, limits, secrets, throttles
from clients_app.models import AuditEntry, Counter
from config import wsgi
from tasks_app import registration
from tasks_app.api import express, plain
from tasks_app.api.express import Seat
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, JSON, asked, in_format
from tests.api.roads import SCHEMA
from tests.factories import TESTS, Party

Made = AccountTask | Exception | None


@pytest.fixture
def task(db: None) -> Task:
    return factories.task(schema=SCHEMA)


def call(party: Party, task: Task, **members: Any) -> express._Call:
    usual = {"Parameters": '{"Url": "https://example.com"}', "Notification": "ALL"}
    body = in_format(asked(task.pk, **usual | members), JSON).encode()
    request: Any = RequestFactory().post(ACCOUNT_TASKS, body, JSON, headers=party.bearer)
    found = plain.members_of(body, JSON)
    read = None if found is None else plain.read(found)
    assert read is not None
    return express._Call(request, secrets.digest(party.token), read, nullcontext)


def left(request: HttpRequest) -> int:
    budget: limits.Budget = request.call_budget  # type: ignore[attr-defined]
    return budget.left


def written() -> tuple[int, int]:
    return AccountTask.objects.count(), AuditEntry.objects.filter(action="account task registered").count()


def test_each_gets_its_own(account: Party, neighbour: Party, task: Task, settings: Settings) -> None:
    settings.CALLS_PER_MINUTE_OF_CLIENT = 100
    calls = [call(party, task, Frequency=name) for party in (account, neighbour) for name in ("DAILY", "HOURLY")]

    made = express._several(calls)

    assert all(isinstance(each, AccountTask) for each in made)
    for each, (party, frequency) in zip(made, [(p, f) for p in (account, neighbour) for f in (2, 1)], strict=True):
        assert isinstance(each, AccountTask)
        stored = AccountTask.objects.get(pk=each.pk)
        assert (stored.account_id, stored.client_id, stored.frequency) == (party.account.pk, party.client.pk, frequency)
    assert written() == (4, 4)
    assert [left(each.request) for each in calls] == [99, 98, 99, 98]
    assert Tally(Counter.objects.values_list("count", flat=True)) == Tally([2, 2, 2, 2])


@pytest.mark.parametrize("number", [1, 2, 5])
def test_they_take_as_many_statements_as_one(account: Party, task: Task, number: int) -> None:
    express._several([call(account, task)])

    with CaptureQueriesContext(connection) as queries:
        express._several([call(account, task) for _ in range(number)])

    sent = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(sent) == (2 if connection.vendor == "postgresql" else 4)


BAD: dict[str, Callable[[Party, Task], express._Call]] = {
    "wrong parameters": lambda party, task: call(party, task, Parameters='{"Url": "ftp://x"}'),
    "another task": lambda party, task: call(party, task, TaskID=str(party.client.pk)),
    "a wrong token": lambda party, task: call(party, task)._replace(digest=secrets.digest("act_x")),
}


@pytest.mark.parametrize("name", BAD)
def test_who_has_to_be_refused_keeps_nobody_from_anything(account: Party, task: Task, name: str) -> None:
    made = express._several([call(account, task), BAD[name](account, task), call(account, task)])

    assert [type(each) for each in made] == [AccountTask, type(None), AccountTask]
    assert written() == (2, 2)


def test_those_that_are_too_many_are_left_out(account: Party, neighbour: Party, task: Task, settings: Settings) -> None:
    settings.CALLS_PER_MINUTE_OF_CLIENT = 2
    calls = [call(party, task) for party in (account, account, account, neighbour)]

    made = express._several(calls)

    assert [type(each) for each in made] == [AccountTask, AccountTask, type(None), AccountTask]
    assert [left(each.request) for each in calls] == [1, 0, -1, 1]
    assert written() == (3, 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("most", [1, 2])
def test_what_the_database_refuses_of_one_is_written_of_the_others(
    account: Party, neighbour: Party, task: Task, settings: Settings, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    third = factories.party(name="Third")
    usual, second = registration.new, call(third, task, Frequency="WEEKLY")

    def new(*arguments: Any, **named: Any) -> registration.New:
        made = usual(*arguments, **named)
        if named["schedule"] == second.asked["schedule"]:
            made.account_task.frequency = 99
        return made

    monkeypatch.setattr(registration, "new", new)
    settings.CALLS_PER_MINUTE_OF_CLIENT = most
    calls = [call(party, task) for party in (account, neighbour, neighbour)]

    made = express._several([*calls[:1], second, *calls[1:]])

    last = "AccountTask" if most == 2 else "NoneType"
    assert [type(each).__name__ for each in made] == ["AccountTask", "IntegrityError", "AccountTask", last]
    assert written() == (most + 1, most + 1)
    assert [left(each.request) for each in calls] == [most - 1, most - 1, most - 2]


def test_what_goes_wrong_with_one_is_its_own_error(account: Party, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, second = registration.new, call(account, task, Frequency="WEEKLY")

    def new(*arguments: Any, **named: Any) -> registration.New:
        if named["schedule"] == second.asked["schedule"]:
            raise KeyError
        return usual(*arguments, **named)

    monkeypatch.setattr(registration, "new", new)

    made = express._several([call(account, task), second, call(account, task)])

    assert [type(each) for each in made] == [AccountTask, KeyError, AccountTask]
    assert written() == (2, 2)


def test_what_may_have_been_done_is_not_done_again(account: Party, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, tried = throttles.budgets_of, []

    def broken(*arguments: Any, **named: Any) -> None:
        tried.append(usual(*arguments, **named))
        raise OperationalError("the connection is gone")

    monkeypatch.setattr(express, "budgets_of", broken)

    with pytest.raises(OperationalError):
        express._several([call(account, task), call(account, task)])

    assert (len(tried), *written()) == (1, 2, 2)


@pytest.fixture
def lane() -> Iterator[Seat]:
    """A seat of creates, for other threads than that of the tests, which keeps the connection that it has."""
    seats = wsgi.Seats(1, of_creates=True)
    yield seats.taken

    def close() -> None:
        with seats.taken():
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(close).result()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite all wait for one lock")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_been_used", [True, False])
def test_who_waits_for_a_lock_keeps_no_other_waiting(
    account: Party, neighbour: Party, task: Task, lane: Seat, has_been_used: bool
) -> None:
    if has_been_used:
        clients.note_use(account.client, now=timezone.now())
    calls = [call(party, task)._replace(seat=lane) for party in (neighbour, account, neighbour)]

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        type(account.client).objects.select_for_update().get(pk=account.client.pk)
        began = time.monotonic()
        made = pool.submit(express._several, calls).result(20)
        took = time.monotonic() - began

    assert [type(each) for each in made] == [AccountTask, type(None), AccountTask]
    assert written() == (2, 2)
    assert took < 5
    assert [hasattr(each.request, "call_budget") for each in calls] == [True, False, True]


def test_all_note_that_their_client_is_in_use(account: Party, neighbour: Party, task: Task) -> None:
    express._several([call(account, task), call(neighbour, task), call(account, task)])

    for party in (account, neighbour):
        party.client.refresh_from_db()
        assert party.client.last_used_at is not None


def test_one_that_was_revoked_is_refused_though_others_are_not(account: Party, neighbour: Party, task: Task) -> None:
    calls = [call(account, task), call(neighbour, task)]
    clients.revoke(account.client, by=TESTS, now=timezone.now())

    assert [type(each) for each in express._several(calls)] == [type(None), AccountTask]


@pytest.mark.django_db(transaction=True)
def test_a_crowd_is_served_once_each(account: Party, neighbour: Party, task: Task, settings: Settings) -> None:
    settings.CALLS_PER_MINUTE_OF_CLIENT = 15
    crowd, each = 8, 5
    together = Barrier(crowd)

    def calls_of(number: int) -> list[tuple[bool, int]]:
        party = (account, neighbour)[number % 2]
        found = []
        together.wait(20)
        for _ in range(each):
            mine = call(party, task)
            made = express._together(mine)
            found.append((made is not None, left(mine.request)))
        connection.close()
        return found

    with ThreadPoolExecutor(crowd) as pool:
        found = list(pool.map(calls_of, range(crowd)))

    for own in (found[0::2], found[1::2]):
        answers = [answer for some in own for answer in some]
        assert sorted(answers) == sorted((budget >= 0, budget) for budget in range(-5, 15))
    assert written() == (30, 30)
