"""
Five years of a dispatcher in a few minutes: the real code with an injected clock, a thousand account tasks, outages,
pauses, edits, runs that take long, and a model beside it that counts its slots with other libraries. Whatever the
dispatcher writes has to be exactly what the model expects: nothing is missing and nothing is too much.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from clients_app.models import Account
from tasks_app import dispatch, engine, parameters, registration
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State
from tasks_app.schedules import Schedule
from tests import factories
from tests.proof.conftest import Report
from tests.proof.test_schedule_arithmetic import ZONES, instant, on_the_wall, walls

pytestmark = [pytest.mark.proof, pytest.mark.django_db]

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2030, 1, 1, tzinfo=UTC)
TASKS = 1_000
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Row = tuple[UUID, str, datetime | None, datetime, int, str]
"""Account task, state, first slot, slot, number of slots, reason."""


@dataclass
class Model:
    """What one account task must do. next_at: its next slot, by the oracles."""

    key: UUID
    schedule: Schedule
    zone: str
    is_enabled: bool = True
    slots: Iterator[datetime] = field(default_factory=lambda: iter(()))
    next_at: datetime | None = None
    run: UUID | None = None
    done_at: datetime = BEGIN

    def go_on_after(self, moment: datetime) -> None:
        self.slots = (slot for slot in oracle(self.schedule, self.zone) if slot > moment)
        self.next_at = next(self.slots, None) if self.is_enabled else None

    def due(self, now: datetime) -> list[datetime]:
        found = []
        while self.next_at and self.next_at <= now:
            found.append(self.next_at)
            self.next_at = next(self.slots, None)
        return found

    def expected(self, now: datetime, is_off: bool) -> list[Row]:
        slots = self.due(now)
        if not slots:
            return []
        if is_off:
            return [self._skip(slots, dispatch.TASK_OFF)]
        if now - slots[-1] >= DAY:
            return [self._skip(slots, dispatch.MISSED)]
        earlier = [self._skip(slots[:-1], dispatch.MISSED)] if len(slots) > 1 else []
        if self.run:
            return [*earlier, self._skip(slots[-1:], dispatch.OVERLAP)]
        return [*earlier, (self.key, State.QUEUED, None, slots[-1], 1, "")]

    def _skip(self, slots: list[datetime], reason: str) -> Row:
        return (self.key, State.SKIPPED, slots[0], slots[-1], len(slots), reason)


def oracle(schedule: Schedule, zone: str) -> Iterator[datetime]:
    """All slots from the start on, by dateutil and whenever."""
    assert schedule.start_at
    if schedule.frequency == Frequency.NONE:
        every: Iterator[datetime] = iter([schedule.start_at])
    elif schedule.frequency == Frequency.HOURLY:
        every = (schedule.start_at + number * HOUR for number in count())
    else:
        every = (instant(wall, zone) for wall in walls(schedule.frequency, on_the_wall(schedule.start_at, zone)))
    last = None
    for slot in every:
        if schedule.finish_at and slot > schedule.finish_at:
            return
        if slot != last and slot >= schedule.start_at:
            yield slot
        last = slot


def some_schedule(chance: random.Random, now: datetime) -> Schedule:
    """Starts within a month; hourly ones end after some weeks, so that they don't make all of the rows."""
    start_at = now + timedelta(seconds=chance.randrange(60, 30 * 86_400))
    frequency = chance.choices(list(Frequency), weights=[1, 1, 3, 5, 6, 3, 3])[0]
    finish_at = None
    if frequency == Frequency.HOURLY:
        finish_at = start_at + timedelta(hours=chance.randrange(1, 400))
    elif chance.random() < 0.2:
        finish_at = start_at + timedelta(days=chance.randrange(0, 1500))
    return Schedule(frequency, start_at, finish_at)


def pauses(chance: random.Random) -> Iterator[timedelta]:
    """Between two calls of the dispatcher: mostly hours; now and then it is down for up to three days."""
    while True:
        if chance.random() < 0.01:
            yield timedelta(minutes=chance.randrange(1, 3 * 1440))
        else:
            yield timedelta(minutes=chance.randrange(5, 600))


def test_five_years_of_a_dispatcher(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    delivered: list[UUID] = []
    monkeypatch.setattr(engine, "deliver", lambda path, ids, at: delivered.extend(ids))
    parties = [factories.party(name=f"Account{number}") for number in range(20)]
    for party in parties:
        Account.objects.filter(pk=party.account.pk).update(time_zone=chance.choice(ZONES))
        party.client.account.refresh_from_db()
    tasks = [factories.task(name=f"Task {number}") for number in range(5)]
    models: dict[UUID, Model] = {}
    for number in range(TASKS):
        party, schedule = parties[number % len(parties)], some_schedule(chance, BEGIN)
        row = factories.account_task(client=party.client, task=tasks[number % 5], schedule=schedule, now=BEGIN)
        model = models[row.pk] = Model(row.pk, schedule, party.client.account.time_zone)
        model.go_on_after(BEGIN - datetime.resolution)
    task_of = dict(AccountTask.objects.values_list("pk", "task_id"))
    off: set[UUID] = set()

    now, missing, extra, targets = BEGIN, 0, 0, 0
    written: Counter[str] = Counter()
    calls = changes = 0
    for pause in pauses(chance):
        now += pause
        if now > END:
            break
        _finish(models, now)
        expected = Counter[Row]()
        for model in models.values():
            if model.next_at and model.next_at <= now:
                expected.update(model.expected(now, task_of[model.key] in off))
        while dispatch.dispatch_due(now=now) == dispatch.BATCH:
            pass
        calls += 1
        rows = _rows(now)
        missing += (expected - rows).total()
        extra += (rows - expected).total()
        targets += sum(row[4] for row in expected)
        written.update(f"{row[1]} {row[5]}".strip() for row in rows)
        _start(models, chance, now, delivered)
        model = chance.choice(list(models.values()))
        if chance.random() < 0.3 and task_of[model.key] not in off:
            changes += 1
            extra += _change(model, chance, now)
        if chance.random() < 0.01:
            off = {task.pk for task in tasks if chance.random() < 0.3}
            Task.objects.update(is_enabled=True)
            Task.objects.filter(pk__in=off).update(is_enabled=False)

    kinds = ", ".join(f"{number:,} {kind}" for kind, number in written.most_common())
    report(
        "T5",
        f"{TASKS:,} account tasks, {(END - BEGIN).days // 365} years, {calls:,} calls, {changes:,} edits (seed {seed})",
        found=f"{targets:,} slots, missing {missing}, extra {extra}; rows: {kinds}",
        wanted="100,000 slots, missing 0, extra 0",
        met=targets > 100_000 and missing == extra == 0,
    )


def _rows(now: datetime) -> Counter[Row]:
    """Those that were made at that moment, found by an index of each account."""
    made = TaskRun.objects.filter(account__in=Account.objects.all(), created_at=now)
    fields = ("account_task", "state", "first_due_at", "due_at", "slots", "summary")
    return Counter[Any](made.values_list(*fields))


def _start(models: dict[UUID, Model], chance: random.Random, now: datetime, delivered: list[UUID]) -> None:
    """What was delivered begins to run: most of it is done by the next call, some takes days."""
    for key, run in TaskRun.objects.filter(pk__in=delivered).values_list("account_task", "pk"):
        models[key].run = run
        models[key].done_at = now + (timedelta(hours=chance.randrange(1, 60)) if chance.random() < 0.1 else -HOUR)
    delivered.clear()
    _finish(models, now)


def _finish(models: dict[UUID, Model], now: datetime) -> None:
    done = [model for model in models.values() if model.run and model.done_at <= now]
    keys = [model.run for model in done if model.run]
    TaskRun.objects.filter(pk__in=keys).update(state=State.SUCCEEDED, finished_at=now, next_attempt_at=None)
    for model in done:
        model.run = None


def _change(model: Model, chance: random.Random, now: datetime) -> int:
    """Pause, resume or edit it: nothing may run because of that. The number of rows that were made all the same."""
    row = AccountTask.objects.select_related("account").get(pk=model.key)
    if chance.random() < 0.5:
        model.is_enabled = not model.is_enabled
    else:
        model.schedule = some_schedule(chance, now - 15 * DAY)
    before = TaskRun.objects.filter(account_task=row).count()
    registration.change(
        row,
        task_id=row.task_id,
        schedule=model.schedule,
        parameters=parameters.read("{}", ContentType.JSON),
        notification=TaskNotification.NONE,
        is_enabled=model.is_enabled,
        by=factories.TESTS,
        now=now,
    )
    model.go_on_after(now)
    return TaskRun.objects.filter(account_task=row).count() - before
