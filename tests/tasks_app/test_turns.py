"""Accounts take turns when more is due than workers can do."""

import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from tasks_app import dispatch
from tasks_app.engine import distributed, turns
from tasks_app.engine.turns import Turns
from tasks_app.enumerations import Frequency
from tasks_app.models import Task, TaskRun
from tasks_app.models.task_run import Trigger
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import NOW, Party

A, B, C = (UUID(int=number) for number in (1, 2, 3))
HOUR = timedelta(hours=1)


def test_each_owner_gets_one_turn_after_the_other() -> None:
    given = Turns()

    assert given.of([A, A, B, A], next_up=None) == [1, 2, 1, 3]
    assert given.of([B, A], next_up=1) == [2, 4]


def test_nobody_comes_before_what_is_next_up() -> None:
    given = Turns()
    given.of([A] * 50, next_up=None)

    assert given.of([B, B, C, A], next_up=40) == [40, 41, 40, 51]


def test_when_nobody_waits_all_begin_anew() -> None:
    given = Turns()
    given.of([A] * 50, next_up=None)

    assert given.of([A, B], next_up=None) == [1, 1]


def test_what_was_long_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "CROWD", 2)
    given, began = Turns(), time.monotonic()
    given.of([A] * 50, next_up=None)
    given.of([B, C], next_up=1)

    monkeypatch.setattr("time.monotonic", lambda: began + turns.KNOWN_FOR + 5)

    assert given.of([A, A], next_up=7) == [7, 8]
    assert given._last.keys() == {A}


def test_there_is_a_latest_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LATEST", 2)

    assert Turns().of([A, A, A], next_up=None) == [1, 2, 2]


def next_accounts(number: int) -> list[str]:
    """Whose deliveries procrastinate takes, one after the other."""
    names = []
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        [worker] = cursor.fetchone()
        for _ in range(number):
            cursor.execute("SELECT args->'args'->>0 FROM procrastinate_fetch_job_v2(NULL, %s)", [worker])
            [key] = cursor.fetchone()
            names.append(TaskRun.objects.get(pk=key).account.name)
    return names


@pytest.fixture
def none_given(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, whose engine has not given out a turn yet."""
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite all wait in line")
    monkeypatch.setattr(distributed, "_turns", Turns())


@pytest.mark.usefixtures("none_given")
def test_an_account_does_not_wait_for_all_of_another(account: Party, neighbour: Party, task: Task) -> None:
    for party, slot, number in ((account, NOW, 5), (neighbour, NOW + HOUR, 2)):
        for _ in range(number):
            factories.account_task(client=party.client, task=task, schedule=Schedule(Frequency.DAILY, slot))

    dispatch.dispatch_due(now=NOW)
    assert next_accounts(1) == ["Acme"]
    dispatch.dispatch_due(now=NOW + HOUR)

    assert next_accounts(6) == ["Acme", "Neighbour", "Acme", "Neighbour", "Acme", "Acme"]


@pytest.mark.usefixtures("none_given")
def test_what_waits_for_later_is_not_next_up(account: Party, neighbour: Party, task: Task) -> None:
    for party in (account, account, account, neighbour):
        row = factories.account_task(client=party.client, task=task)
        dispatch.run_now(row, trigger=Trigger.USER, by=party.caller, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour' WHERE priority = -1")
        cursor.execute(distributed._NEXT_UP)

        assert cursor.fetchone() == (2,)
        assert next_accounts(2) == ["Acme", "Acme"]
