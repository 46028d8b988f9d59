"""A call of each endpoint, about rows of anybody."""

import json
from dataclasses import dataclass
from typing import Any

from clients_app.models import AuditEntry, Client, User
from tasks_app import clock, registration
from tasks_app.models import AccountTask, Notification, Task, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.api.calls import JSON, NOWHERE, Answer, Api, asked
from tests.factories import Party

A = "/api/v2/admin/tasks/account"


# What a call with the caller's own rows gets.
TABLE = {
    "GET /api/v2/admin/tasks": 200,
    "GET /api/v2/admin/tasks/{id}": 200,
    f"GET {A}": 200,
    f"POST {A}": 201,
    f"POST {A}/batch": 200,
    f"POST {A}/run": 200,
    f"POST {A}/schedule": 200,
    f"GET {A}/{{id}}": 200,
    f"PUT {A}/{{id}}": 200,
    f"PATCH {A}/{{id}}": 200,
    f"DELETE {A}/{{id}}": 200,
    f"POST {A}/{{id}}/restore": 200,
    f"POST {A}/{{id}}/enable": 200,
    f"POST {A}/{{id}}/disable": 200,
    f"GET {A}/{{id}}/schedule": 200,
    f"GET {A}/{{id}}/runs": 200,
    f"GET {A}/{{id}}/runs/{{run}}": 200,
    f"POST {A}/{{id}}/runs/{{run}}/retry": 201,
    f"POST {A}/{{id}}/runs/{{run}}/cancel": 200,
    "GET /api/v2/admin/clients": 200,
    "POST /api/v2/admin/clients": 201,
    "GET /api/v2/admin/clients/{id}": 200,
    "PUT /api/v2/admin/clients/{id}": 200,
    "DELETE /api/v2/admin/clients/{id}": 200,
    "POST /api/v2/admin/clients/{id}/rotate": 200,
}


OF_THE_SERVICE = ("GET /api/v2/admin/tasks/{id}",)  # the catalogue is the same for all accounts


ROWS = (AccountTask, TaskRun, Client, User, AuditEntry, Notification, Task)


@dataclass(frozen=True)
class Rows:
    """What belongs to one account."""

    user: str
    client: str
    account_task: str
    deleted: str
    finished: str
    queued: str
    task: str

    @property
    def all(self) -> set[str]:
        return {self.user, self.client, self.account_task, self.deleted, self.finished, self.queued}


def rows_of(party: Party, task: Task) -> Rows:
    busy, gone = (factories.account_task(client=party.client, task=task) for _ in range(2))
    idle = factories.account_task(client=party.client, task=task)
    registration.remove(gone, by=party.caller, now=clock.now())
    second = factories.client(user=party.administrator)
    return Rows(
        str(party.administrator.pk),
        str(second.pk),
        str(idle.pk),
        str(gone.pk),
        str(factories.run(idle, state=State.FAILED).pk),
        f"{busy.pk} {factories.run(busy).pk}",
        str(task.pk),
    )


def call(api: Api, name: str, rows: Rows, accept: str = JSON) -> Answer:
    method, path = name.split(" ")
    account_task, run = rows.account_task, rows.finished
    if path.endswith("/restore"):
        account_task = rows.deleted
    if path.endswith("/cancel"):
        account_task, run = rows.queued.split(" ")
    key = rows.client if "/clients/" in path else rows.task if name in OF_THE_SERVICE else account_task
    path = path.format(id=key, run=run)
    if path.endswith("/run"):
        path += f"?id={account_task}"
    client = {"Name": "New", "Secret": "12345678", "UserID": rows.user}
    bodies: dict[str, Any] = {
        f"POST {A}": asked(rows.task),
        f"POST {A}/batch": {"Items": [asked(rows.task)]},
        f"POST {A}/schedule": {"Frequency": "DAILY"},
        f"PUT {A}/{{id}}": asked(rows.task, Notification="ALL"),
        f"PATCH {A}/{{id}}": {"Notification": "ALL"},
        "POST /api/v2/admin/clients": client,
        "PUT /api/v2/admin/clients/{id}": client,
    }
    body = json.dumps(bodies[name]) if name in bodies else ""
    return api.call(method, path, body, content_type=JSON if body else "", Accept=accept)


def snapshot() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in ROWS]


ABSENT = Rows(NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE, f"{NOWHERE} {NOWHERE}", NOWHERE)
