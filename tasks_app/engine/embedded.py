"""The embedded engine: deliveries in a table of django-tasks-db. It works on SQLite, without another process."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from uuid import UUID

from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
STILL_ALIVE = timedelta(seconds=30)  # how long a delivery may be with a worker that has not looked at its row
KEPT = timedelta(minutes=10)  # for whoever wants to see what was delivered
GIVEN_UP = timedelta(days=2)  # longer than anything runs


class Backend(DatabaseBackend):
    def enqueue_many(
        self, task: Task[[str], None], ids: Collection[UUID], at: datetime, owners: Sequence[UUID]
    ) -> None:
        """Owners take no turns: the table knows a few priorities, and a small machine a few accounts."""
        DBTaskResult.objects.bulk_create(
            DBTaskResult(
                args_kwargs={"args": [key.hex], "kwargs": {}},
                priority=task.priority,
                task_path=task.module_path,
                queue_name=task.queue_name,
                run_after=at,
                backend_name=self.alias,
            )
            for key in ids
        )

    def on_their_way(self, task: Task[[str], None]) -> set[UUID]:
        fresh = Q(status=TaskResultStatus.RUNNING, started_at__gt=timezone.now() - STILL_ALIVE)
        alive = DBTaskResult.objects.filter(Q(status=TaskResultStatus.READY) | fresh, task_path=task.module_path)
        return {UUID(content["args"][0]) for content in alive.values_list("args_kwargs", flat=True).iterator()}

    def work(self, *, threads: int, stop: Event, until_idle: bool) -> None:
        arguments = (self.alias, stop, until_idle, Lock())
        workers = [Thread(target=_work, args=arguments, daemon=True) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def prune(self) -> int:
        now = timezone.now()
        done = DBTaskResult.objects.finished().filter(finished_at__lt=now - KEPT)
        lost = DBTaskResult.objects.running().filter(started_at__lt=now - GIVEN_UP)
        return done.delete()[0] + lost.delete()[0]


def _work(alias: str, stop: Event, until_idle: bool, lookout: Lock) -> None:
    """
    One thread: looks whether there is something to do before it claims, which takes the write lock. Of those that have
    nothing to do one looks, and the next one as soon as that has found something.
    """
    worker = _Batch(alias, stop)
    while not stop.is_set():
        try:
            close_old_connections()
            with lookout:
                is_idle = stop.is_set() or not DBTaskResult.objects.ready().exists()
                if is_idle and not until_idle:
                    stop.wait(POLL_SECONDS)
            if not is_idle:
                worker.run()
            elif until_idle:
                break
        except (DatabaseError, InterfaceError):
            log.exception("worker can't reach the database, and tries again")
            connections.close_all()
            stop.wait(1)
    connections.close_all()


class _Batch(Worker):
    """The library's worker, which does what is ready and returns; between two deliveries it heeds our signal."""

    def __init__(self, alias: str, stop: Event) -> None:
        super().__init__(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name=alias,
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        self._stop = stop

    @property
    def running(self) -> bool:
        return not self._stop.is_set()

    @running.setter
    def running(self, value: bool) -> None:
        """What the library's constructor sets is decided by `stop` alone."""
