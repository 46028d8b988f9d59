"""The demo account: something to try the product with."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from clients_app import accounts, clients
from clients_app.callers import Caller
from clients_app.models import Client, User
from clients_app.models.user import Role
from tasks_app import catalogue
from tasks_app.models import Task

ACCOUNT = "Demo"
ADMINISTRATOR = "ann@demo.example"
READER = "rob@demo.example"
OPERATOR = "operator@demo.example"
REPORT = UUID("5f0c1a52-9a34-4c8e-9d5e-0d3f6b1c7a10")

CATALOGUE: list[dict[str, Any]] = [
    {
        "id": UUID("5f0c1a52-9a34-4c8e-9d5e-0d3f6b1c7a01"),
        "name": "Call a URL",
        "description": "Sends a signed HTTP request.",
        "handler": "http_request",
    },
    {
        "id": UUID("5f0c1a52-9a34-4c8e-9d5e-0d3f6b1c7a02"),
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
    client: Client
    is_new: bool


def load(*, password: str, by: Caller) -> Demo:
    """
    The demo account with an administrator, a reader, a client and a catalogue, and an operator: all with `password`,
    which is the client's secret too (8 to 50 characters). What is there already stays as it is.
    """
    with transaction.atomic():
        for task in CATALOGUE:
            if not Task.objects.filter(pk=task["id"]).exists():
                catalogue.add_task(**task, by=by)
        if not User.objects.filter(email=OPERATOR).exists():
            accounts.add_user(account=None, email=OPERATOR, password=password, by=by)
        administrator = User.objects.filter(email=ADMINISTRATOR).select_related("account").first()
        if administrator:
            return Demo(Client.objects.enabled().filter(user=administrator).earliest("created_at"), is_new=False)
        account = accounts.create_account(name=ACCOUNT, time_zone="Europe/Paris", by=by).account
        user = accounts.add_user(account=account, email=ADMINISTRATOR, password=password, by=by)
        accounts.add_user(account=account, email=READER, password=password, role=Role.READER, by=by)
        new = clients.register(account=account, user_id=user.pk, name="Demo client", secret=password, by=by)
        return Demo(new.client, is_new=True)
