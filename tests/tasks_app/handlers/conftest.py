"""An account with a task of each handler, and a way to run one without a worker."""

from collections.abc import Callable
from typing import Any

import pytest

from tasks_app import clock, handlers
from tasks_app.handlers.registry import Work
from tasks_app.models import AccountTask
from tests import factories
from tests.factories import Party

Run = Callable[..., tuple[str, Work]]


@pytest.fixture
def account_task(account: Party) -> AccountTask:
    return factories.account_task(client=account.client, task=factories.task(name="The task"), now=clock.now())


@pytest.fixture
def perform(account_task: AccountTask) -> Run:
    """`perform(code, **parameters)`: the summary, and the work with its lines."""

    def run(code: str, **values: Any) -> tuple[str, Work]:
        handler = handlers.find(code)
        assert handler
        work = Work(account_task.pk, 1, account_task, clock.now())
        return handler.run(values, work), work

    return run
