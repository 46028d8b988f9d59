"""A handler that does what a test tells it, and a run of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tasks_app import clock, handlers
from tasks_app.handlers.registry import Handler, Work
from tasks_app.models import AccountTask, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.factories import Party
from tests.tasks_app.attempts import SECOND


@dataclass
class Told:
    """do: what it does with the parameters and its work. calls: those it was called with."""

    do: Callable[[Any, Work], str] = lambda values, work: "Done."
    calls: list[tuple[Any, Work]] = field(default_factory=list)
    schema: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Behind the code `told`."""
    told = Told()

    def run(values: Any, work: Work) -> str:
        told.calls.append((values, work))
        return told.do(values, work)

    monkeypatch.setattr(handlers, "HANDLERS", (Handler("told", "Does as told", told.schema, run),))
    return told


@pytest.fixture
def account_task(account: Party, told: Told) -> AccountTask:
    return factories.account_task(client=account.client, task=factories.task(handler="told"), now=clock.now())


@pytest.fixture
def run(account_task: AccountTask) -> TaskRun:
    """Queued, and the latest of its account task."""
    run = factories.run(account_task, now=clock.now() - SECOND)
    AccountTask.objects.update(latest_run_id=run.pk, status=State.QUEUED)
    return run
