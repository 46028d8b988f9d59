"""A loop that hangs ends its process; one that is slow does not."""

import os
import subprocess
import sys
import time
from threading import Event

import pytest

from tasks_app import clock
from tasks_app.management import loops, watchdog

pytestmark = pytest.mark.django_db(transaction=True)  # a loop closes connections that are in a transaction

HANGS = """
import django, time
from threading import Event
django.setup()
from tasks_app.management import loops, watchdog
watchdog.LONGEST_SILENCE, watchdog.TICK = 0.2, 0.05
def hang():
    time.sleep(60)
loops.through_outages(hang, Event())
"""


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    codes: list[int] = []
    monkeypatch.setattr(watchdog, "LONGEST_SILENCE", 0.3)
    monkeypatch.setattr(watchdog, "TICK", 0.05)
    monkeypatch.setattr(os, "_exit", codes.append)
    return codes


def test_a_process_whose_loop_hangs_ends_and_says_where() -> None:
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}

    done = subprocess.run([sys.executable, "-c", HANGS], env=environ, capture_output=True, text=True, timeout=30)

    assert done.returncode == watchdog.HUNG
    assert "MainThread hangs since 0 s: the process ends" in done.stderr
    assert "in hang" in done.stderr


def test_rounds_are_signs_of_life(ended: list[int]) -> None:
    stop, rounds = Event(), []

    def step() -> float:
        rounds.append(1)
        if len(rounds) == 6:
            stop.set()
        return 0.1

    loops.through_outages(step, stop)

    assert not ended


def test_statements_of_a_long_round_are_signs_of_life(ended: list[int]) -> None:
    stop = Event()

    def step() -> float:
        for _ in range(6):
            time.sleep(0.1)
            clock.now()
        stop.set()
        return 0

    loops.through_outages(step, stop)

    assert not ended


def test_a_long_round_without_any_is_noticed(ended: list[int]) -> None:
    stop = Event()

    def step() -> float:
        time.sleep(0.6)
        stop.set()
        return 0

    loops.through_outages(step, stop)

    assert ended[:1] == [watchdog.HUNG]
