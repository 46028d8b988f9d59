"""The distributed engine: deliveries as procrastinate's jobs in PostgreSQL. Any number of workers on any machines."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from django.db import connection, connections
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from procrastinate import App, PsycopgConnector
from procrastinate.connector import Notify
from procrastinate.contrib.django import app, connector_params
from procrastinate.contrib.django.db_cleanup import close_db_connections
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, JobDeferrer
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool

from clients_app.statements import executed
from tasks_app.engine.turns import Turns

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

POLL_SECONDS = 1.0  # NOTIFY tells of what is inserted; polling finds those whose time has come
RECONNECT_SECONDS = 1.0
PATIENCE_SECONDS = 3.0  # for one connection
SILENCE_SECONDS = 15.0  # for one answer of the database; what is asked here takes milliseconds
STILL_ALIVE = timedelta(seconds=30)  # how long a delivery may be with a worker that has not looked at its row
GIVEN_UP = timedelta(days=2)  # longer than anything runs

# As `batch_defer`, which makes an object of each job and tells the database of each by all of its names. A job whose
# time has come has none: procrastinate writes an event of its own about each that has.
_DEFER = """
    SELECT procrastinate_defer_jobs_v1(array_agg(ROW(
        %s, %s, priority, NULL, NULL,
        jsonb_build_object('path', %s::text, 'args', jsonb_build_array(id), 'kwargs', jsonb_build_object()),
        CASE WHEN %s > statement_timestamp() THEN %s END
    )::procrastinate_job_to_defer_v1)) FROM unnest(%b::text[], %b::int[]) AS job (id, priority)
"""
# Deliveries of those who take turns have the turn as their priority, less than nothing; whatever else there is comes
# before them. procrastinate's own index has them in this order.
_NEXT_UP = """
    SELECT -priority FROM procrastinate_jobs
    WHERE status = 'todo' AND priority < 0 AND (scheduled_at IS NULL OR scheduled_at <= now())
    ORDER BY priority DESC, id LIMIT 1
"""
_ON_THEIR_WAY = """
    SELECT args->'args'->>0 FROM procrastinate_jobs AS jobs
    WHERE args->>'path' = %s AND (status = 'todo' OR status = 'doing' AND EXISTS (
        SELECT FROM procrastinate_events AS events
        WHERE events.job_id = jobs.id AND events.type = 'started'
        AND events.at > clock_timestamp() - make_interval(secs => %s)
    ))
"""
_PRUNE = """
    DELETE FROM procrastinate_jobs AS jobs
    WHERE status IN ('succeeded', 'failed', 'cancelled', 'aborted') OR status = 'doing' AND NOT EXISTS (
        SELECT FROM procrastinate_events AS events
        WHERE events.job_id = jobs.id AND events.at > clock_timestamp() - make_interval(secs => %s)
    )
"""


_turns = Turns()


class Backend(BaseTaskBackend):
    supports_defer = True
    supports_priority = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        self.validate_task(task)
        job_id = _job(task).defer(path=task.module_path, args=list(args), kwargs=kwargs)
        return TaskResult(
            task=task,
            id=str(job_id),
            status=TaskResultStatus.READY,
            enqueued_at=None,
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=list(args),
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )

    def enqueue_many(
        self, task: Task[[str], None], ids: Collection[UUID], at: datetime, owners: Sequence[UUID]
    ) -> None:
        priorities = [task.priority] * len(ids)
        if owners:
            [next_up] = executed(_NEXT_UP, []).fetchone() or [None]
            priorities = [-turn for turn in _turns.of(owners, next_up=next_up)]
        facts: list[Any] = [task.queue_name, perform.__name__, task.module_path, at, at]
        executed(_DEFER, [*facts, [key.hex for key in ids], priorities])

    def on_their_way(self, task: Task[[str], None]) -> set[UUID]:
        with connection.cursor() as cursor:
            cursor.execute(_ON_THEIR_WAY, [task.module_path, STILL_ALIVE.total_seconds()])
            return {UUID(row) for (row,) in cursor.fetchall()}

    def work(self, *, threads: int, stop: Event, until_idle: bool) -> None:
        asyncio.run(_work(threads, stop, until_idle))

    def prune(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_PRUNE, [GIVEN_UP.total_seconds()])
            return int(cursor.rowcount)


def perform(*, path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """The one job that procrastinate knows: call a DEP 14 task."""
    import_string(path).call(*args, **kwargs)


def _job(task: Task[Any, Any]) -> JobDeferrer:
    """On Django's own connection, and so in the transaction that is open there."""
    options: dict[str, Any] = {"schedule_at": task.run_after} if task.run_after else {}
    return app.configure_task(
        perform.__name__, allow_unknown=True, queue=task.queue_name, priority=task.priority, **options
    )


async def _work(threads: int, stop: Event, until_idle: bool) -> None:
    # asyncio's own executor has but a few threads more than there are cores.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads))
    while not stop.is_set():
        connector = _PatientConnector(
            kwargs=connector_params(),
            pool_factory=_pool,
            configure=_commit_each_statement,
            min_size=1,
            max_size=4,
            timeout=PATIENCE_SECONDS,
            reconnect_timeout=PATIENCE_SECONDS,  # then it starts anew: its pauses between attempts grow and grow
        )
        worker_app = App(connector=connector)
        worker_app.task(name=perform.__name__)(perform)
        try:
            async with worker_app.open_async():
                worker = Worker(
                    worker_app,
                    task_middleware=[_closing if until_idle else close_db_connections],
                    concurrency=threads,
                    wait=not until_idle,
                    fetch_job_polling_interval=POLL_SECONDS,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    install_signal_handlers=False,
                )
                watch = asyncio.create_task(_stop_with(stop, worker))
                await worker.run()  # type: ignore[no-untyped-call]
                watch.cancel()
        except Exception:
            log.exception("worker can't reach the database, and tries again")
        else:
            if until_idle:
                break
        if not stop.is_set():
            await asyncio.sleep(RECONNECT_SECONDS)


def _closing(call_next: Callable[[], Any], context: Any, worker: Any) -> Any:
    """Around a job of a worker that soon ends: its threads must leave no connection behind."""
    try:
        return call_next()
    finally:
        connections.close_all()


async def _stop_with(stop: Event, worker: Worker) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.1)
    worker.stop()  # type: ignore[no-untyped-call]


def _pool(**options: Any) -> AsyncConnectionPool:
    """Without a check of each connection that is handed out: whoever finds it dead waits and asks again."""
    return AsyncConnectionPool(**options | {"check": None, "connection_class": _Connection})


class _Connection(psycopg.AsyncConnection[Any]):
    """Gives up one that has fallen silent, as Django's connections do; see config.postgresql."""

    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return await super().wait(gen, interval, SILENCE_SECONDS if timeout is None else timeout)
        except psycopg.OperationalError:
            if timeout is None and self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


async def _commit_each_statement(connection: psycopg.AsyncConnection) -> None:
    await connection.set_autocommit(True)


class _PatientConnector(PsycopgConnector):
    """Waits until the database is back; with the library's own the worker ends, once its last job has."""

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        ask = super().execute_query_async
        await _patiently(lambda: ask(query, **arguments))

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        ask = super().execute_query_one_async
        return await _patiently(lambda: ask(query, **arguments))

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        ask = super().execute_query_all_async
        return await _patiently(lambda: ask(query, **arguments))

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        listen = super().listen_notify
        await _patiently(lambda: listen(on_notification, channels))


async def _patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    while True:
        try:
            return await ask()
        except ConnectorException as error:
            if not isinstance(error.__cause__, psycopg.OperationalError | psycopg.InterfaceError):
                raise
            log.warning("worker can't reach the database, and waits: %s", type(error.__cause__).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)
