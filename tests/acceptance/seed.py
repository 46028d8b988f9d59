"""
`python -m tests.acceptance.seed lively|naughty`: fills the database of DATABASE_URL with an account that has been at
work for a year, or with one whose every text is a naughty string, and prints the IDs of what its pages show, as JSON.
"""

import json
import os
import random
import sys
from datetime import datetime, timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks_app.models import AccountTask, TaskRun

ADMINISTRATOR, READER, OPERATOR = "ann@acme.example", "rob@acme.example", "olga@service.example"
DAYS = 365
FAILED = ["Answered 503.", "The host warehouse.example can't be found.", "Answered 404."]


def lively() -> dict[str, str]:
    from clients_app import accounts, clients
    from clients_app.callers import Caller
    from clients_app.models.user import Role
    from tasks_app import bulk, catalogue, clock, registration
    from tasks_app.enumerations import Frequency, TaskNotification
    from tasks_app.models import AccountTask, Notification
    from tasks_app.models.bulk_change import Verb
    from tasks_app.models.task_run import State
    from tasks_app.schedules import Schedule
    from tests import factories

    now = clock.now()
    account = accounts.create_account(name="Acme", time_zone="Europe/Paris", by=factories.TESTS).account
    ann = factories.user(account=account, email=ADMINISTRATOR)
    rob = factories.user(account=account, email=READER, role=Role.READER)
    factories.user(account=None, email=OPERATOR)
    by = Caller(user=ann, address="192.0.2.7")
    billing, warehouse = (factories.client(user=ann, name=name) for name in ("Billing", "Warehouse"))
    clients.revoke(factories.client(user=ann, name="Old laptop"), by=by, now=now)
    rows = []
    for name, frequency, client in (
        ("Send invoices", Frequency.MONTHLY, billing),
        ("Remind of open invoices", Frequency.WEEKLY, billing),
        ("Synchronise stock", Frequency.HOURLY, warehouse),
        ("Close the day", Frequency.DAILY, billing),
        ("Rates of exchange", Frequency.DAILY, billing),
        ("Order what runs out", Frequency.DAILY, warehouse),
        ("Close the year", Frequency.YEARLY, billing),
        ("Rebuild the search", Frequency.NONE, warehouse),
    ):
        task = catalogue.add_task(
            name=name, description=f"{name}: calls the system that does it.", handler="http_request", by=factories.TESTS
        )
        url = f"https://{client.name.lower()}.example/{name.lower().replace(' ', '-')}"
        sent = {"Url": url, "Method": "POST", "Headers": {"Authorization": "Bearer of-the-warehouse"}, "Body": "{}"}
        start = (now - timedelta(days=DAYS)).replace(hour=2, minute=15, second=0, microsecond=0)
        rows.append(
            factories.account_task(
                client=client,
                task=task,
                schedule=Schedule(frequency, None if frequency == Frequency.NONE else start),
                parameters_text=json.dumps(sent),
                notification=TaskNotification.FAILURE,
                by=by,
                now=now,
            )
        )
    runs = [run for row in rows[2:6] for run in _history(row, now)]
    failing = rows[5]
    type(failing).objects.filter(pk=failing.pk).update(failures_in_a_row=3, last_failure=FAILED[1])
    registration.set_enabled(rows[1], False, by=by, now=now)
    change = bulk.begin(account_tasks=AccountTask.objects.all(), verb=Verb.RESUME, expected=100, by=by, now=now)
    bulk.finish(change, now=now)
    registration.set_enabled(rows[1], False, by=by, now=now)
    accounts.rotate_signing_secret(account, by=by)
    failed = next(run for run in reversed(runs) if run.state == State.FAILED)
    for number, subject in enumerate(("failed", "works again", "failed 10 times in a row")):
        notification = Notification.objects.create(
            account=account,
            user=ann,
            account_task=failing,
            run=failed,
            subject=f"Order what runs out {subject}",
            text=f"{FAILED[1]}\n\nAttempts  8\n",
            created_at=now - timedelta(hours=5 - number),
            read_at=now if number == 0 else None,
            mailed_at=now,
        )
    return {
        "account": str(account.pk),
        "account_task": str(rows[3].pk),
        "failing": str(failing.pk),
        "task": str(rows[0].task_id),
        "run": str(failed.pk),
        "client": str(billing.pk),
        "notification": str(notification.pk),
        "bulk_change": str(change.pk),
        "user": str(rob.pk),
    }


def _history(row: "AccountTask", now: datetime) -> "list[TaskRun]":
    """A year of runs of a task that runs each day, a month of one that runs each hour."""
    from tasks_app.enumerations import Frequency
    from tasks_app.models import AccountTask, Attempt, TaskRun
    from tasks_app.models.task_run import SCHEDULER, Outcome, State, Trigger

    rng = random.Random(str(row.task))
    step = timedelta(hours=1) if row.frequency == Frequency.HOURLY else timedelta(days=1)
    count = 24 * 30 if row.frequency == Frequency.HOURLY else DAYS
    next_run_at = row.next_run_at or now
    runs, attempts = [], []
    for number in range(count, 0, -1):
        due_at = next_run_at - number * step
        begun = due_at + timedelta(seconds=rng.uniform(0.1, 2))
        is_bad = rng.random() < 0.04 or (str(row.task) == "Order what runs out" and number <= 3)
        run = TaskRun(
            account=row.account,
            account_task=row,
            due_at=due_at,
            state=State.FAILED if is_bad else State.SUCCEEDED,
            trigger=Trigger.SCHEDULE,
            asked_by=SCHEDULER,
            created_at=due_at,
            started_at=begun,
            finished_at=begun + timedelta(seconds=rng.lognormvariate(1.5, 0.6)),
            attempts=1,
            fence=1,
            summary=rng.choice(FAILED) if is_bad else "Answered 200.",
        )
        attempt = Attempt(
            run=run,
            number=1,
            worker="worker-1:4711",
            started_at=begun,
            finished_at=run.finished_at,
            outcome=Outcome.REFUSED if is_bad else Outcome.SUCCEEDED,
            summary=run.summary,
            log=f"POST answered {404 if is_bad else 200}, 512 bytes",
        )
        runs.append(run)
        attempts.append(attempt)
    TaskRun.objects.bulk_create(runs)
    Attempt.objects.bulk_create(attempts)
    last = runs[-1]
    AccountTask.objects.filter(pk=row.pk).update(
        status=last.state, latest_run_id=last.pk, last_run_at=last.started_at, last_run_by=SCHEDULER
    )
    return runs


def naughty() -> dict[str, str]:
    """Each string in each field that takes it, as far as there is room; past what the forms would have let through."""
    from clients_app import accounts
    from clients_app.callers import Caller
    from clients_app.models import AuditEntry, Client
    from tasks_app import bulk, clock
    from tasks_app.models import AccountTask, Attempt, BulkItem, Notification, Task
    from tasks_app.models.bulk_change import Verb
    from tasks_app.models.task_run import State
    from tests import factories
    from tests import naughty as texts

    now, strings = clock.now(), texts.strings()
    whole = "\n".join(strings)
    account = accounts.create_account(name=strings[-1], time_zone="UTC", by=factories.TESTS).account
    ann = factories.user(account=account, email=ADMINISTRATOR)
    factories.user(account=None, email=OPERATOR)
    by = Caller(user=ann)
    tasks = Task.objects.bulk_create(
        Task(name=string[:100] or "-", description=string, handler=string[:50]) for string in strings
    )
    tasks[0].parameter_schema = {
        "type": "object",
        "properties": {string[:60]: {"type": "string", "title": string, "description": string} for string in strings},
    }
    tasks[0].save()
    clients = Client.objects.bulk_create(
        Client(account=account, user=ann, name=string[:18] or "-", secret_hash="!") for string in strings
    )
    first = factories.account_task(client=clients[0], task=tasks[1], parameters_text=json.dumps(strings), by=by)
    rows = [first]
    for string, task, client in zip(strings, tasks, cycle(clients), strict=False):
        row = AccountTask.objects.get(pk=first.pk)
        row.pk, row.task, row.client = None, task, client
        row.id = AccountTask._meta.pk.get_default()
        row.parameters, row.modified_by, row.last_failure = json.dumps({string: string}), string[:254], string[:200]
        row.status, row.failures_in_a_row, row.last_run_at, row.last_run_by = State.FAILED, 2, now, string[:254]
        row.search_text = string[:500]
        rows.append(row)
    AccountTask.objects.bulk_create(rows[1:])
    runs = [
        factories.run(first, state=State.FAILED, now=now, summary=string, asked_by=string[:254]) for string in strings
    ]
    Attempt.objects.bulk_create(
        Attempt(run=runs[-1], number=number, worker=string[:100], started_at=now, summary=string, log=string)
        for number, string in enumerate(strings)
    )
    notifications = Notification.objects.bulk_create(
        Notification(
            account=account, user=ann, account_task=first, run=runs[-1], subject=string[:200], text=whole,
            mail_problem=string[:200], created_at=now,
        )
        for string in strings
    )  # fmt: skip
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=now, account=account, by=string[:254], action=string[:40], kind=string[:40], row_id=first.pk,
            before={"parameters": string}, after={"parameters": string[::-1]},
        )
        for string in strings
    )  # fmt: skip
    reader = factories.user(account=account, email=READER)
    accounts.rotate_signing_secret(account, by=by)
    change = bulk.begin(account_tasks=AccountTask.objects.all(), verb=Verb.PAUSE, expected=10_000, by=by, now=now)
    for item, string in zip(change.items.all(), strings, strict=False):
        BulkItem.objects.filter(pk=item.pk).update(done_at=now, refusal=string[:200])
    return {
        "account": str(account.pk),
        "account_task": str(first.pk),
        "failing": str(rows[-1].pk),
        "task": str(tasks[0].pk),
        "run": str(runs[-1].pk),
        "client": str(clients[-1].pk),
        "notification": str(notifications[-1].pk),
        "bulk_change": str(change.pk),
        "user": str(reader.pk),
    }


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import transaction

    made: dict[str, Any] = {"lively": lively, "naughty": naughty}
    with transaction.atomic():
        ids = made[sys.argv[1]]()
    print(json.dumps(ids))


if __name__ == "__main__":
    main()
