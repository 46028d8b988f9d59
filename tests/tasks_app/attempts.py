"""How tests make attempts of runs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tasks_app import clock, running
from tasks_app.handlers.registry import Work
from tasks_app.models import TaskRun
from tasks_app.models.task_run import State

SECOND = timedelta(seconds=1)


def execute(run: TaskRun) -> TaskRun:
    running.execute.func(run.pk.hex)
    return TaskRun.objects.get(pk=run.pk)


def attempts(run: TaskRun) -> list[tuple[Any, ...]]:
    return list(run.tries.values_list("number", "outcome", "summary"))


def raising(error: Exception) -> Callable[[Any, Work], str]:
    def do(values: Any, work: Work) -> str:
        raise error

    return do


def expire(run: TaskRun) -> None:
    """The worker has not renewed its lease in time."""
    TaskRun.objects.filter(pk=run.pk, state=State.RUNNING).update(leased_until=clock.now() - SECOND)
