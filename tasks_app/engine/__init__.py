"""
The seam to what carries work to the workers: Django's Tasks API (DEP 14), with the embedded or the distributed engine
behind it (setting ENGINE). A delivery is a row that is written in the caller's transaction and names a function and the
row it is for. Our own rows say what is true: a delivery that is lost, doubled or late changes nothing, because whoever
is called looks at the row first, and whoever sweeps delivers again what is not on its way.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from threading import Event
from typing import Protocol, cast
from uuid import UUID

from django.utils.module_loading import import_string
from django_tasks import task_backends
from django_tasks.base import Task

EXECUTE = "tasks_app.running.execute"
MAIL = "tasks_app.notifications.mail"
BULK = "tasks_app.bulk.carry_on"

Work = Task[[str], None]
"""A function that takes the ID of a row, as text."""


class Engine(Protocol):
    """What a backend of ours does besides DEP 14."""

    def enqueue_many(self, task: Work, ids: Collection[UUID], at: datetime, owners: Sequence[UUID]) -> None: ...
    def on_their_way(self, task: Work) -> set[UUID]: ...
    def work(self, *, threads: int, stop: Event, until_idle: bool) -> None: ...
    def prune(self) -> int: ...


def deliver(path: str, ids: Collection[UUID], *, at: datetime, owners: Sequence[UUID] = ()) -> None:
    """
    Have a worker call the task with each of the IDs, not before `at`. Part of the transaction that it is called in.

    path: dotted path of a DEP 14 task that takes one ID. A path, because the rooms that deliver lie below those called.
    owners: one for each ID, in the same order, if owners should take turns; the distributed engine sees to that.
    """
    if ids:
        _engine().enqueue_many(_task(path), ids, at, owners)


def on_their_way(path: str) -> set[UUID]:
    """The IDs whose delivery waits, or is with a worker that was alive lately."""
    return _engine().on_their_way(_task(path))


def work(*, threads: int, stop: Event, until_idle: bool = False) -> None:
    """
    Call what is delivered, in so many threads, until `stop` is set and what has begun is done; with `until_idle` until
    nothing is left to do. An outage of the database does not end it.
    """
    _engine().work(threads=threads, stop=stop, until_idle=until_idle)


def prune() -> int:
    """Delete deliveries that are done with; the number of them."""
    return _engine().prune()


def _engine() -> Engine:
    return cast(Engine, task_backends["default"])


def _task(path: str) -> Work:
    return cast(Work, import_string(path))
