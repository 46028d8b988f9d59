"""Bulk changes of account tasks that were registered for them, and what became of them."""

from datetime import timedelta

from tasks_app import bulk
from tasks_app.models import AccountTask, BulkChange, Task
from tasks_app.models.bulk_change import Verb
from tests import factories
from tests.factories import NOW, Party

HOUR = timedelta(hours=1)


def registered(party: Party, task: Task, number: int) -> list[AccountTask]:
    return [factories.account_task(client=party.client, task=task) for _ in range(number)]


def begun(account: Party, verb: Verb = Verb.PAUSE, expected: int = 1_000) -> BulkChange:
    rows = AccountTask.objects.all()
    return bulk.begin(account_tasks=rows, verb=verb, expected=expected, by=account.caller, now=NOW + HOUR)


def finished(change: BulkChange) -> BulkChange:
    while bulk.step(change, now=NOW + HOUR):
        pass
    change.refresh_from_db()
    return change


def counts(change: BulkChange) -> tuple[int, int, int]:
    change.refresh_from_db()
    return change.changed, change.unchanged, change.refused


def paused() -> int:
    return AccountTask.objects.filter(is_enabled=False).count()
