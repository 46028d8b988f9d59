"""When an account task runs next, after it is registered, changed, paused or resumed."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from clients_app.models import Account, AuditEntry
from tasks_app import masking, parameters, registration
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task
from tasks_app.schedules import Schedule
from tests.factories import NOW, Party

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DAILY_FROM_YESTERDAY = Schedule(Frequency.DAILY, NOW - DAY + HOUR)


def asked(account: Party, task: Task, schedule: Schedule, now: datetime) -> dict[str, Any]:
    return {
        "task_id": task.pk,
        "schedule": schedule,
        "parameters": parameters.read("{}", ContentType.JSON),
        "notification": TaskNotification.NONE,
        "by": account.caller,
        "now": now,
    }


def register(account: Party, task: Task, schedule: Schedule, now: datetime = NOW) -> AccountTask:
    account_task = registration.register(client=account.client, **asked(account, task, schedule, now))
    return AccountTask.objects.get(pk=account_task.pk)


def change(
    account: Party, account_task: AccountTask, schedule: Schedule, now: datetime, is_enabled: bool | None = None
) -> AccountTask:
    registration.change(account_task, is_enabled=is_enabled, **asked(account, account_task.task, schedule, now))
    return AccountTask.objects.get(pk=account_task.pk)


@pytest.mark.parametrize(
    ("schedule", "next_run_at"),
    [
        (Schedule(Frequency.DAILY), NOW + DAY),
        (Schedule(Frequency.DAILY, NOW), NOW),
        (DAILY_FROM_YESTERDAY, NOW + HOUR),
        (Schedule(Frequency.DAILY, NOW - 9 * DAY, NOW - 8 * DAY), None),
        (Schedule(Frequency.NONE), None),
        (Schedule(Frequency.NONE, NOW - HOUR), NOW - HOUR),
        (Schedule(Frequency.NONE, NOW - DAY), None),
    ],
)
def test_the_next_run_of_a_new_account_task(
    account: Party, task: Task, schedule: Schedule, next_run_at: datetime | None
) -> None:
    assert register(account, task, schedule).next_run_at == next_run_at


def test_the_wall_clock_is_that_of_the_account(account: Party, task: Task) -> None:
    Account.objects.update(time_zone="Europe/Paris")
    account.client.refresh_from_db()
    before_the_clock_change = datetime.fromisoformat("2026-03-28T09:00:00+01:00")

    registered = register(account, task, Schedule(Frequency.DAILY, before_the_clock_change), NOW + 30 * DAY)

    assert registered.next_run_at
    assert registered.next_run_at.isoformat() == "2026-04-01T07:00:00+00:00"


def test_an_edit_goes_on_with_the_next_slot_and_fires_nothing(account: Party, task: Task) -> None:
    registered = register(account, task, Schedule(Frequency.NONE))

    changed = change(account, registered, Schedule(Frequency.NONE, NOW), NOW + HOUR)

    assert changed.next_run_at is None


def test_pausing_leaves_no_next_run_and_resuming_fires_none(account: Party, task: Task) -> None:
    registered = register(account, task, DAILY_FROM_YESTERDAY)

    paused = change(account, registered, DAILY_FROM_YESTERDAY, NOW, is_enabled=False)
    resumed = change(account, paused, DAILY_FROM_YESTERDAY, NOW + 9 * DAY + 2 * HOUR, is_enabled=True)

    assert paused.next_run_at is None
    assert resumed.next_run_at == NOW + 10 * DAY + HOUR


def test_a_slot_that_is_due_survives_an_edit_of_something_else(account: Party, task: Task) -> None:
    registered = register(account, task, DAILY_FROM_YESTERDAY)

    changed = change(account, registered, DAILY_FROM_YESTERDAY, NOW + 2 * HOUR, is_enabled=True)

    assert changed.next_run_at == NOW + HOUR


def test_the_trail_keeps_no_secret_and_sees_that_it_changed(account: Party, task: Task) -> None:
    def given(secret: str) -> dict[str, Any]:
        text = f'{{"Token": "{secret}", "a": 1}}'
        return asked(account, task, Schedule(Frequency.NONE), NOW) | {
            "parameters": parameters.read(text, ContentType.JSON)
        }

    row = registration.register(client=account.client, **given("hunter1"))
    registration.change(row, is_enabled=None, **given("hunter2"))

    changed, registered = AuditEntry.objects.filter(row_id=row.pk)
    assert "hunter" not in f"{registered.after} {changed.before} {changed.after}"
    assert registered.after is not None
    assert masking.MASK in registered.after["parameters"]
    assert list(changed.after or {}) == list(changed.before or {}) == ["fingerprint"]
    assert changed.after != changed.before


def test_a_secret_that_is_replaced_by_what_pages_show_is_in_the_trail(account: Party, task: Task) -> None:
    def given(text: str) -> dict[str, Any]:
        document = parameters.read(text, ContentType.JSON)
        return asked(account, task, Schedule(Frequency.NONE), NOW) | {"parameters": document}

    text = '{"Token": "hunter1"}'
    row = registration.register(client=account.client, **given(text))
    registration.change(row, is_enabled=None, **given(masking.shown(text)))

    assert AuditEntry.objects.filter(row_id=row.pk, action="account task changed").exists()


def test_a_fingerprint_is_of_one_account_task(account: Party, task: Task) -> None:
    document = parameters.read('{"Token": "hunter1"}', ContentType.JSON)
    of_one = asked(account, task, Schedule(Frequency.NONE), NOW) | {"parameters": document}
    for _ in range(2):
        registration.register(client=account.client, **of_one)

    entries = AuditEntry.objects.filter(action="account task registered")
    assert len({entry.after["fingerprint"] for entry in entries if entry.after}) == 2
