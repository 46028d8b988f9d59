"""A claim: what a worker gets with it is what the ORM would read."""

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks_app import claims
from tasks_app.models import TaskRun
from tasks_app.models.task_run import State
from tests.rows import facts
from tests.tasks_app.attempts import SECOND, attempts


def test_it_comes_with_all_that_an_attempt_needs(run: TaskRun) -> None:
    claimed = claims.claim(run.pk, worker="here")

    assert claimed
    mine, now = claimed
    theirs = TaskRun.objects.select_related("account_task__task", "account_task__account").get(pk=run.pk)
    with CaptureQueriesContext(connection) as queries:
        for one, other in (
            (mine, theirs),
            (mine.account_task, theirs.account_task),
            (mine.account_task.task, theirs.account_task.task),
            (mine.account_task.account, theirs.account_task.account),
        ):
            assert one == other
            assert facts(one) == facts(other)
    assert not queries
    assert (mine.state, mine.fence, mine.attempts, mine.started_at) == (State.RUNNING, 1, 1, now)
    assert attempts(run) == [(1, "", "")]
    assert run.tries.get().worker == "here"
    assert (theirs.account_task.last_run_at, theirs.account_task.last_run_by) == (now, run.asked_by)


def test_the_next_attempt_is_no_other_run_of_the_account_task(run: TaskRun) -> None:
    first = claims.claim(run.pk, worker="here")
    TaskRun.objects.filter(pk=run.pk).update(
        state=State.QUEUED, leased_until=None, next_attempt_at=run.created_at - SECOND
    )

    second = claims.claim(run.pk, worker="there")

    assert first
    assert second
    assert (second[0].fence, second[0].started_at) == (2, first[1])
    assert second[0].account_task.last_run_at == first[1]


@pytest.mark.parametrize("is_latest", [True, False])
def test_the_account_task_shows_it_if_it_is_the_latest_run(run: TaskRun, is_latest: bool) -> None:
    if not is_latest:
        type(run.account_task).objects.update(latest_run_id=UUID(int=1), status=State.SKIPPED)

    claims.claim(run.pk, worker="here")

    run.account_task.refresh_from_db()
    assert run.account_task.status == (State.RUNNING if is_latest else State.SKIPPED)


def test_whoever_comes_second_gets_nothing(run: TaskRun) -> None:
    assert claims.claim(run.pk, worker="here")
    assert claims.claim(run.pk, worker="there") is None
    assert len(attempts(run)) == 1
