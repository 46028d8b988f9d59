"""purge_history, and the history that may be deleted."""

from datetime import timedelta

import pytest

from tasks_app import clock, history
from tasks_app.handlers.registry import Stopped, Work
from tasks_app.models import AccountTask, Attempt, Notification, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.factories import Party
from tests.tasks_app.handlers.conftest import Run

DAY = timedelta(days=1)


def test_runs_of_the_account_older_than_given_are_deleted(
    perform: Run, account_task: AccountTask, neighbour: Party
) -> None:
    now = clock.now()
    foreign = factories.account_task(client=neighbour.client, task=account_task.task, now=now)
    old = factories.run(account_task, state=State.SUCCEEDED, now=now - 8 * DAY)
    Attempt.objects.create(run=old, number=1, worker="w", started_at=now)
    kept = {
        factories.run(account_task, state=State.SUCCEEDED, now=now - 6 * DAY, retry_of=old),
        factories.run(account_task, state=State.QUEUED, now=now - 8 * DAY),
        factories.run(foreign, state=State.SUCCEEDED, now=now - 8 * DAY),
    }

    summary, _ = perform("purge_history", KeepDays=7)

    assert summary.startswith("Deleted 1 runs from before ")
    assert set(TaskRun.objects.all()) == kept
    assert Attempt.objects.count() == 0


def test_notifications_of_that_time_go_too_unless_their_mail_is_still_to_come(account_task: AccountTask) -> None:
    now = clock.now()
    for mail_at in (None, now):
        Notification.objects.create(
            account=account_task.account,
            user=account_task.client.user,
            account_task=account_task,
            created_at=now - 8 * DAY,
            mail_at=mail_at,
        )

    history.purge(before=now - 7 * DAY)

    assert Notification.objects.get().mail_at == now


def test_all_batches_are_deleted(account_task: AccountTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "BATCH", 2)
    for _ in range(5):
        factories.run(account_task, state=State.FAILED, now=clock.now() - 8 * DAY)

    assert history.purge(before=clock.now() - 7 * DAY) == 5


def test_it_stops_between_batches(perform: Run, account_task: AccountTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "BATCH", 2)
    monkeypatch.setattr(Work, "check", stopped)
    for _ in range(5):
        factories.run(account_task, state=State.FAILED, now=clock.now() - 8 * DAY)

    with pytest.raises(Stopped):
        perform("purge_history", KeepDays=7)

    assert TaskRun.objects.count() == 3


def stopped(work: Work) -> None:
    raise Stopped
