"""
The service in this process, with everything that waits for a clock in a hurry; scenarios that it goes through while
calls of the database fail, and what is wrong after them.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import close_old_connections, connections

from clients_app.models import AuditEntry
from tasks_app import clock, engine
from tasks_app.enumerations import Frequency
from tasks_app.management import loops
from tasks_app.management.commands.run_dispatcher import _Dispatcher
from tasks_app.management.lanes import Lanes
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State
from tasks_app.schedules import Schedule
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, Answer, Api, asked
from tests.factories import Party
from tests.proof.net import Mode, Net

ROUNDS = 12  # of the loops, until it is clear that something is left for ever
HOUR = timedelta(hours=1)
ROW = {"lost": 0, "double": 0, "unfinished": 0, "ended otherwise": 0}


class Hurried(threading.Event):
    """An Event that nobody waits for."""

    def wait(self, timeout: float | None = None) -> bool:
        time.sleep(0)
        return self.is_set()


@dataclass
class House:
    """The service in this process. calls: of the handler, by run."""

    net: Net
    party: Party
    task: Task
    calls: list[tuple[UUID, int]] = field(default_factory=list)

    def due(self, how: str, *, slots: int = 1) -> AccountTask:
        """An account task that has so many slots until now, the last half an hour ago. how: its attempts end."""
        now = clock.now() + HOUR / 2
        made = factories.account_task(
            client=self.party.client,
            task=self.task,
            schedule=Schedule(Frequency.HOURLY, now - slots * HOUR),
            parameters_text=f'{{"how": "{how}"}}',
            now=now - slots * HOUR,
        )
        AccountTask.objects.filter(pk=made.pk).update(next_run_at=now - slots * HOUR)
        return made

    def dispatch(self) -> None:
        """The dispatcher's loop, until it has nothing more to do."""
        stop = Hurried()
        with closing(Lanes()) as both:
            dispatcher = _Dispatcher(both)

            def step() -> float:
                pause = dispatcher.step()
                if pause:
                    stop.set()
                return pause

            loops.through_outages(step, stop)

    def go_on(self, rounds: int = ROUNDS, until: Callable[[], datetime] = clock.now) -> None:
        """The loops of both processes, until all is done or it is clear that it never will be. until: what is due."""
        for _ in range(rounds):
            self.dispatch()
            engine.work(threads=1, stop=Hurried(), until_idle=True)
            with self.aside():
                if not (TaskRun.objects.unfinished().exists() or AccountTask.objects.due(until()).exists()):
                    break
                # Leases of whoever is gone are over.
                over = clock.now() - timedelta(seconds=1)
                TaskRun.objects.filter(state=State.RUNNING).update(leased_until=over)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is not the service's own call, and does not count."""
        before, self.net.is_meant = self.net.is_meant, lambda: False
        connections.close_all()
        try:
            yield
        finally:
            connections.close_all()
            self.net.is_meant = before


def wrong_of(made: list[AccountTask], *, slots: int = 1, state: State = State.SUCCEEDED) -> Counter[str]:
    wrong: Counter[str] = Counter()
    for each in made:
        moments = Counter(TaskRun.objects.filter(account_task=each).values_list("due_at", flat=True))
        wrong["lost"] += max(0, slots - len(moments))
        wrong["double"] += moments.total() - len(moments)
        others = TaskRun.objects.filter(account_task=each).exclude(state=state)
        unfinished = others.unfinished().count()
        wrong["unfinished"] += unfinished
        wrong["ended otherwise"] += others.count() - unfinished
    return wrong


@dataclass
class Swept:
    """sites: by scenario, the calls that it makes when nothing fails."""

    sites: dict[str, int] = field(default_factory=dict)
    tried: int = 0
    fired: int = 0
    repeats: int = 0
    wrong: Counter[str] = field(default_factory=lambda: Counter(ROW))

    def __str__(self) -> str:
        return ", ".join(f"{what} {number}" for what, number in self.wrong.items())


Scenario = Callable[[House], Counter[str]]
"""Does it, lets the loops go on, and says what is wrong."""


def sweep(house: House, scenarios: dict[str, Scenario]) -> Swept:
    swept = Swept()
    for name, scenario in scenarios.items():
        house.calls.clear()
        house.net.cast()
        assert not scenario(house).total(), name
        count, calls = len(house.net.sites), len(house.calls)
        swept.sites[name] = count
        for number in range(1, count + 1):
            for mode in Mode:
                house.calls.clear()
                house.net.cast(lambda each, number=number, mode=mode: mode if each == number else None)  # type: ignore[misc]
                swept.wrong += scenario(house)
                if len(house.net.sites) < number:  # some calls are made once a minute only
                    continue
                swept.tried += 1
                swept.fired += house.net.failed.total()
                swept.repeats += max(0, len(house.calls) - calls)
    for what in ROW:
        swept.wrong.setdefault(what, 0)
    return swept


def slot(how: str, state: State = State.SUCCEEDED, number: int = 1) -> Scenario:
    def do(house: House) -> Counter[str]:
        with house.aside():
            made = [house.due(how) for _ in range(number)]
        house.go_on()
        with house.aside():
            return wrong_of(made, state=state)

    return do


def lost_worker(house: House) -> Counter[str]:
    """A run whose worker is gone, and one whose delivery is."""
    with house.aside():
        now = clock.now()
        made = [house.due("ok"), house.due("ok")]
        AccountTask.objects.filter(pk__in=[each.pk for each in made]).update(next_run_at=now + HOUR)
        for each, state in zip(made, (State.RUNNING, State.QUEUED), strict=True):
            factories.run(each, state=state, now=now - 2 * HOUR, due_at=now - HOUR, created_at=now - HOUR)
    house.go_on()
    with house.aside():
        return wrong_of(made)


# --- over the API -----------------------------------------------------------------------------------------------------

KEYS = iter(f"key {number}" for number in range(10**6))


def registered(path: str, number: int, **headers: str) -> Scenario:
    """
    Sent until it is answered well. With a key there is as much as was asked for, however often it was sent. Without,
    which is the express road, a call that was answered ill may have been done, all of it, with its entry in the trail.
    """

    def do(house: House) -> Counter[str]:
        key = {"Idempotency_Key": next(KEYS)} if headers else {}
        one = asked(house.task.pk, Parameters='{"how": "ok"}', StartDate="2030-01-01T00:00:00Z")
        body = one if path == ACCOUNT_TASKS else {"AllOrNothing": True, "Items": [one] * number}
        with house.aside():
            before = _registered()
        answers = [_sent(house.party, path, body, key)]
        while answers[-1].status >= 500 and len(answers) < ROUNDS:
            answers.append(_sent(house.party, path, body, key))
        with house.aside():
            made, told = (now - then for now, then in zip(_registered(), before, strict=True))
        allowed = {number} if key else {number, number * len(answers)}
        wrong = Counter(lost=max(0, number - made), double=int(made not in allowed and made > number))
        wrong["unfinished"] = int(answers[-1].status not in (200, 201))
        wrong["ended otherwise"] = abs(made - told)
        return wrong

    return do


def _registered() -> tuple[int, int]:
    """How many account tasks there are, and entries of the trail that tell of one."""
    entries = AuditEntry.objects.filter(row_id__in=AccountTask.objects.values("pk"))
    return AccountTask.objects.count(), entries.count()


def _sent(party: Party, path: str, body: dict[str, Any], headers: dict[str, str]) -> Answer:
    close_old_connections()
    return Api().of(party).post(path, body, **headers)
