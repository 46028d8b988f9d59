"""The first call of an integration as a line for a shell: get a token, then register a task."""

import json
import shlex
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError

from clients_app.models import Client
from tasks_app import parameters
from tasks_app.enumerations import ContentType
from tasks_app.models import Task

SIGN_IN = (
    "TOKEN=$(curl -s {url}/Token -d grant_type=client_credentials -d {client_id} -d {secret}"
    """ | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')"""
)
REGISTER = (
    'curl -si {url}/api/v2/admin/tasks/account -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
    " -d {body}"
)
CATALOGUE = 'curl -s {url}/api/v2/admin/tasks -H "Authorization: Bearer $TOKEN"'


def line(client: Client, secret: str, *, url: str) -> str:
    """
    Registers the first task of the catalogue that needs nothing but an address: that of the client's user. Where there
    is none, it shows the catalogue.
    """
    email = client.user.email
    samples: dict[str, dict[str, Any]] = {
        "account_report": {"To": [email], "Days": 7},
        "email_message": {"To": [email], "Subject": "Hello", "Text": "Account Tasks is at work."},
    }
    for handler, values in samples.items():
        for task in Task.objects.enabled().filter(handler=handler)[:1]:
            if _takes(task, values):
                return registering(client.pk, secret, task_id=task.pk, values=values, url=url)
    return f"{_token(client.pk, secret, url)}; {CATALOGUE.format(url=url)}"


def registering(client_id: UUID, secret: str, *, task_id: UUID, values: dict[str, Any], url: str) -> str:
    """The same for that task with those parameters, daily."""
    body = {
        "TaskID": str(task_id),
        "Frequency": "DAILY",
        "Parameters": _json(values),
        "ContentType": ContentType.JSON.value,
    }
    return f"{_token(client_id, secret, url)}; {REGISTER.format(url=url, body=shlex.quote(_json(body)))}"


def _token(client_id: UUID, secret: str, url: str) -> str:
    asked = {"client_id": str(client_id)}, {"client_secret": secret}
    names = [shlex.quote(urlencode(one)) for one in asked]
    return SIGN_IN.format(url=url, client_id=names[0], secret=names[1])


def _takes(task: Task, values: dict[str, Any]) -> bool:
    try:
        parameters.read(_json(values), ContentType.JSON).check(task.parameter_schema)
    except ValidationError:
        return False
    return True


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
