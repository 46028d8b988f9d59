"""Exports: account tasks as a table that spreadsheets read and that `imports` takes back."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from clients_app.models import Account, Client
from tasks_app import cells, examples, masking, tables
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task
from tasks_app.references import Names

FIRST_SLOT: Final = "2030-01-31T09:00:00+00:00"  # of the rows of the template


def exported(rows: Iterable[AccountTask], *, account: Account, is_masked: bool = False) -> Iterator[str]:
    """
    Lines of CSV, made as the rows come: all that an import reads, and facts. is_masked: without what looks like a
    secret in parameters.
    """
    tasks, clients = Names(Task.objects.all()), Names(Client.objects.for_account(account))
    yield tables.BOM
    yield from tables.written([(*cells.COLUMNS, *tables.FACTS)])
    shown = masking.without_secrets if is_masked else str
    yield from tables.written(_cells(row, shown(row.parameters), tasks, clients, account) for row in rows)


def template(*, account: Account) -> Iterator[str]:
    """Lines of CSV to begin with: the header, and for each task of the catalogue a row that would register it."""
    tasks, clients = Names(Task.objects.all()), Names(Client.objects.for_account(account))
    client = Client.objects.for_account(account).enabled().first()
    of_client = clients.of(client.pk) if client else ""
    rows = (_example(task, tasks.of(task.pk), of_client) for task in Task.objects.enabled())
    yield tables.BOM
    yield from tables.written([tuple(cells.COLUMNS)])
    yield from tables.written(rows)


def _cells(row: AccountTask, parameters: str, tasks: Names, clients: Names, account: Account) -> Sequence[str]:
    zone = account.zone
    return [
        str(row.pk),
        tasks.of(row.task_id),
        Frequency(row.frequency).name,
        cells.moment(row.start_at, zone),
        cells.moment(row.finish_at, zone),
        parameters,
        row.content_type,
        TaskNotification(row.notification).name,
        str(row.is_enabled).lower(),
        clients.of(row.client_id),
        row.status,
        cells.moment(row.next_run_at, zone),
        cells.moment(row.last_run_at, zone),
        row.last_run_by or "",
        cells.moment(row.created_at, zone),
        cells.moment(row.modified_at, zone),
        row.modified_by,
    ]


def _example(task: Task, name: str, client: str) -> Sequence[str]:
    text = json.dumps(examples.example(task.parameter_schema), ensure_ascii=False)
    said = {
        "Task": name,
        "Frequency": Frequency.DAILY.name,
        "StartDate": FIRST_SLOT,
        "Parameters": text,
        "ContentType": ContentType.JSON.value,
        "Notification": TaskNotification.FAILURE.name,
        "Enabled": "true",
        "Client": client,
    }
    return [said.get(column, "") for column in cells.COLUMNS]
