"""The demo account: something to try the product with."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from clients_app import accounts, clients
from clients_app.callers import Caller
from clients_app.models import Client, User
from clients_app.models.user import Role
from tasks_app import catalogue, parameters, registration
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task
from tasks_app.schedules import Schedule

ACCOUNT = "Demo"
ADMINISTRATOR = "ann@demo.example"
READER = "rob@demo.example"
OPERATOR = "operator@demo.example"
MESSAGE = UUID("5f0c1a52-9a34-4c8e-9d5e-0d3f6b1c7a02")
REPORT = UUID("5f0c1a52-9a34-4c8e-9d5e-0d3f6b1c7a10")

CATALOGUE: list[dict[str, Any]] = [
    {
        "id": UUID("5f0c1a52-9a34-4c8e-9d5e-0d3f6b1c7a01"),
        "name": "Call a URL",
        "description": "Sends a signed HTTP request.",
        "handler": "http_request",
    },
    {
        "id": MESSAGE,
        "name": "Send a message",
        "description": "Sends an e-mail to users of the account.",
        "handler": "email_message",
    },
    {
        "id": REPORT,
        "name": "Account report",
        "description": "Mails an overview of the account's tasks and runs.",
        "handler": "account_report",
    },
    {
        "id": UUID("5f0c1a52-9a34-4c8e-9d5e-0d3f6b1c7a03"),
        "name": "Purge history",
        "description": "Deletes runs of the account that are older than so many days.",
        "handler": "purge_history",
    },
]


@dataclass(frozen=True)
class Demo:
    """hourly: the account task that runs each hour. on_demand: the one that waits to be asked."""

    client: Client
    hourly: AccountTask
    on_demand: AccountTask


def load(*, password: str, by: Caller, now: datetime) -> Demo:
    """
    The demo account with an administrator, a reader, a client, a catalogue and two account tasks, and an operator: all
    with `password`, which is the client's secret too (8 to 50 characters). What is there already stays as it is.
    """
    with transaction.atomic():
        for task in CATALOGUE:
            if not Task.objects.filter(pk=task["id"]).exists():
                catalogue.add_task(**task, by=by)
        if not User.objects.filter(email=OPERATOR).exists():
            accounts.add_user(account=None, email=OPERATOR, password=password, by=by)
        client = _client(password, by)
        report, message = {"To": [ADMINISTRATOR], "Days": 7}, {"To": [ADMINISTRATOR], "Subject": "Another hour"}
        message |= {"Text": "Account Tasks is at work."}
        return Demo(
            client,
            hourly=_first(client, MESSAGE) or _register(client, MESSAGE, Schedule(Frequency.HOURLY, now), message, now),
            on_demand=_first(client, REPORT) or _register(client, REPORT, Schedule(Frequency.NONE), report, now),
        )


def _client(password: str, by: Caller) -> Client:
    """The demo's client, with its account and users if there is none yet."""
    administrator = User.objects.filter(email=ADMINISTRATOR).first()
    if administrator:
        return Client.objects.enabled().filter(user=administrator).earliest("created_at")
    account = accounts.create_account(name=ACCOUNT, time_zone="Europe/Paris", by=by).account
    user = accounts.add_user(account=account, email=ADMINISTRATOR, password=password, by=by)
    accounts.add_user(account=account, email=READER, password=password, role=Role.READER, by=by)
    return clients.register(account=account, user_id=user.pk, name="Demo client", secret=password, by=by).client


def _register(client: Client, task_id: UUID, schedule: Schedule, values: dict[str, Any], now: datetime) -> AccountTask:
    return registration.register(
        client=client,
        task_id=task_id,
        schedule=schedule,
        parameters=parameters.read(json.dumps(values), ContentType.JSON),
        notification=TaskNotification.FAILURE,
        by=Caller(user=client.user, client=client),
        now=now,
    )


def _first(client: Client, task_id: UUID) -> AccountTask | None:
    """The demo's own, even if somebody has deleted it."""
    return AccountTask.objects.filter(client=client, task=task_id).order_by("created_at").first()
