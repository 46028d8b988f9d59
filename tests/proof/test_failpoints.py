"""
Every call of the database fails once in each mode, on the whole way of a slot and of what is registered over the API;
then the real loops go on, and in the end nothing is lost, double or unfinished.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, connections

from clients_app import idempotency
from tasks_app import clock, dispatch, endings, engine, handlers, running
from tasks_app.handlers.registry import Handler, Refused, TryAgain, Work
from tasks_app.management import lanes
from tasks_app.models import TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.api.calls import ACCOUNT_TASKS
from tests.proof import net
from tests.proof.conftest import Report
from tests.proof.house import HOUR, ROW, House, Scenario, lost_worker, registered, slot, sweep, wrong_of
from tests.proof.net import Mode

pytestmark = [pytest.mark.proof, pytest.mark.usefixtures("committed")]

ON = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
BATCH = f"{ACCOUNT_TASKS}/batch"
SCENARIOS: dict[str, Scenario] = {
    "slot to success": slot("ok"),
    "with a second attempt": slot("again"),
    "to a refusal": slot("refused", State.FAILED),
    "lost worker and lost delivery": lost_worker,
    "create, express": registered(ACCOUNT_TASKS, 1),
    "create, plain, with a key": registered(ACCOUNT_TASKS, 1, Idempotency_Key="one"),
    "batch of 3, with a key": registered(BATCH, 3, Idempotency_Key="one"),
}


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """With everything that waits for a clock in a hurry."""
    with net.spread() as spread:
        house = House(spread, factories.party(), factories.task(handler="probe"))

        def run(values: Any, work: Work) -> str:
            house.calls.append((work.run_id, work.attempt))
            if values["how"] == "again" and work.attempt == 1:
                raise TryAgain("Not yet.")
            if values["how"] == "refused":
                raise Refused("Never.")
            return "Done."

        monkeypatch.setattr(handlers, "HANDLERS", (Handler("probe", "Probe", {}, run),))
        monkeypatch.setattr(running, "time", SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: None))
        monkeypatch.setattr(running, "LOST_AFTER", timedelta(0))
        monkeypatch.setattr(endings, "wait_after", lambda attempts, chance: timedelta(0))
        module = type(engine._engine()).__module__
        monkeypatch.setattr(f"{module}.STILL_ALIVE", timedelta(0))
        if module.endswith("distributed"):
            monkeypatch.setattr(f"{module}.RECONNECT_SECONDS", 0.01)
        house.dispatch()  # what is done once only, such as noting the release of the time zones
        yield house
        connections.close_all()


def test_every_call_fails_once_in_each_mode(house: House, report: Report) -> None:
    swept = sweep(house, SCENARIOS)

    sites = ", ".join(f"{name} {number}" for name, number in swept.sites.items())
    coverage = 100 * swept.fired / swept.tried
    report(
        "T3",
        f"every call of the database fails before and after it is done, {ON} ({sites})",
        found=f"{swept.fired} of {swept.tried} sites x modes failed ({coverage:.0f} %), {house.net.blind} exchanges "
        f"unseen; {swept}; {swept.repeats} deliveries repeated, with the same id",
        wanted="100 %, 0 unseen, lost 0, double 0, unfinished 0",
        met=swept.fired == swept.tried and not house.net.blind and not swept.wrong.total(),
    )


@pytest.mark.skipif(ON == "SQLite", reason="it has no second lane")
def test_every_call_of_the_second_lane_fails_once(
    house: House, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, move = threading.current_thread(), dispatch.dispatch_due
    monkeypatch.setattr(dispatch, "BATCH", 2)
    monkeypatch.setattr(dispatch, "dispatch_due", lambda **how: move(**how, limit=2))
    is_at_work = _engine_works(monkeypatch)
    house.net.is_meant = lambda: threading.current_thread() is not main and not is_at_work()

    swept = sweep(house, {"slots in two lanes": slot("ok", number=8)})

    report(
        "T3",
        f"every call of the second lane fails before and after it is done, {ON}",
        found=f"{swept.fired} of {swept.tried} sites x modes failed; {swept}",
        wanted="all of them, lost 0, double 0, unfinished 0",
        met=0 < swept.fired == swept.tried and not swept.wrong.total(),
    )


def _engine_works(monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Whether it is the engine that is at work, which has threads of its own."""
    is_at_work = False
    work = engine.work

    def do(**arguments: Any) -> None:
        nonlocal is_at_work
        is_at_work = True
        try:
            work(**arguments)
        finally:
            is_at_work = False

    monkeypatch.setattr(engine, "work", do)
    return lambda: is_at_work


def test_a_fifth_of_all_calls_fails(house: House, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    schedules, slots, share = 100, 5, 0.2
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    with house.aside():
        made = [house.due("ok", slots=slots) for _ in range(schedules)]
        begin = made[0].start_at or clock.now()
    house.net.cast(lambda number: chance.choice(list(Mode)) if chance.random() < share else None)

    for number in range(slots):
        virtual = begin + number * HOUR + HOUR / 4
        monkeypatch.setattr(lanes, "clock", SimpleNamespace(now=lambda virtual=virtual: virtual))
        house.go_on(rounds=1_000, until=lambda virtual=virtual: virtual)  # type: ignore[misc]

    with house.aside():
        wrong = wrong_of(made, slots=slots)
        unknown = {run for run, _ in house.calls} - set(TaskRun.objects.values_list("pk", flat=True))
    failed, calls = house.net.failed.total(), len(house.net.sites)
    told = ", ".join(f"{what} {wrong[what]}" for what in ROW)
    # So few attempts get through that some runs have used up theirs, and then say that the worker was lost.
    del wrong["ended otherwise"]
    repeats = len(house.calls) - len({run for run, _ in house.calls})
    report(
        "T3",
        f"{schedules} schedules of {slots} slots, each call of the database fails with p = {share}, {ON} (seed {seed})",
        found=f"{failed:,} of {calls:,} calls failed; {told}; {repeats} deliveries repeated, {len(unknown)} with an "
        "unknown id",
        wanted="lost 0, double 0, unfinished 0, unknown ids 0",
        met=failed > 0 and not wrong.total() and not unknown,
    )


# --- controls: what is wrong is seen ----------------------------------------------------------------------------------


def test_control_without_the_sweep_runs_stay_unfinished(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "sweep", lambda: 0)

    assert sweep(house, {"slot": slot("ok")}).wrong["unfinished"] > 0


def test_control_without_its_transaction_a_repeated_create_is_double(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "transaction", SimpleNamespace(atomic=nullcontext))

    swept = sweep(house, {"create": SCENARIOS["create, plain, with a key"]})

    assert swept.wrong["double"] > 0


def test_control_what_the_net_does_not_see_is_counted(house: House) -> None:
    clock.now()
    assert house.net.blind == 0

    connection.connection.execute("SELECT 1")

    assert house.net.blind == 1
