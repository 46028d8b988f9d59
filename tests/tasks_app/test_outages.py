"""What a worker has done is written down once the database takes it again."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import Error, InterfaceError, InternalError, OperationalError

from tasks_app import endings, running
from tasks_app.models import TaskRun
from tasks_app.models.task_run import State
from tests.tasks_app.attempts import attempts, execute

pytestmark = pytest.mark.usefixtures("committed")


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, InternalError])
def test_an_end_is_written_when_the_database_is_back(
    run: TaskRun, error: type[Error], monkeypatch: pytest.MonkeyPatch
) -> None:
    """InternalError is what PostgreSQL answers while it takes no writes."""
    failures = [error("away"), error("still away")]
    pauses: list[float] = []
    end = endings.end

    def failing(*arguments: Any) -> bool:
        if failures:
            raise failures.pop()
        return end(*arguments)

    monkeypatch.setattr(running, "end", failing)
    monkeypatch.setattr(running, "time", SimpleNamespace(monotonic=time.monotonic, sleep=pauses.append))

    run = execute(run)

    assert (run.state, attempts(run)) == (State.SUCCEEDED, [(1, "SUCCEEDED", "Done.")])
    assert pauses == [1, 1]
