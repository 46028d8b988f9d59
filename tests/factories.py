"""Rows to begin a test with: plain functions, keyword-only."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pyotp
from django.utils import timezone

from clients_app import accounts, clients, second_factors, secrets
from clients_app.callers import Caller
from clients_app.models import Account, Client, SecondFactor, User
from clients_app.models.user import Role
from tasks_app import catalogue, parameters, registration
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State, Trigger
from tasks_app.schedules import Schedule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAILY = Schedule(Frequency.DAILY)
PASSWORD = "correct horse battery staple"
SECRET = "a secret of eight or more"
TESTS = Caller(name="tests")

_numbers = count(1)


@dataclass(frozen=True)
class Party:
    """An account with an administrator and a client that has a token."""

    account: Account
    administrator: User
    client: Client
    token: str

    @property
    def caller(self) -> Caller:
        return Caller(user=self.administrator, client=self.client, address="127.0.0.1")

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def party(*, name: str = "Acme") -> Party:
    account = accounts.create_account(name=name, time_zone="UTC", by=TESTS).account
    administrator = user(account=account, email=f"ann@{name.lower()}.example")
    new = client(user=administrator)
    return Party(account, administrator, new, token(client=new))


def user(*, account: Account | None, email: str = "", role: Role = Role.ADMINISTRATOR) -> User:
    email = email or f"user{next(_numbers)}@example.org"
    return accounts.add_user(account=account, email=email, password=PASSWORD, role=role, by=TESTS)


def second_factor(*, user: User, now: datetime) -> list[str]:
    """One that is on, by the code of `now`: the recovery codes."""
    second_factors.begin(user)
    return second_factors.confirm(user, code(user=user, now=now), by=TESTS, now=now)


def code(*, user: User, now: datetime) -> str:
    """What the user's app shows then."""
    return pyotp.TOTP(secrets.decrypt(SecondFactor.objects.get(user=user).secret)).at(now)


def client(*, user: User, name: str = "A client", secret: str = SECRET) -> Client:
    assert user.account is not None
    return clients.register(account=user.account, user_id=user.pk, name=name, secret=secret, by=TESTS).client


def token(*, client: Client, now: datetime | None = None) -> str:
    fresh = secrets.new_access_token()
    clients.save_access_token(client, fresh, now=now or timezone.now())
    return fresh


def task(*, name: str = "A task", handler: str = "", schema: Any = None) -> Task:
    return catalogue.add_task(name=name, handler=handler, schema=schema, by=TESTS)


def account_task(
    *,
    client: Client,
    task: Task,
    schedule: Schedule = DAILY,
    parameters_text: str = "{}",
    content_type: ContentType = ContentType.JSON,
    notification: TaskNotification = TaskNotification.NONE,
    by: Caller = TESTS,
    now: datetime = NOW,
) -> AccountTask:
    return registration.register(
        client=client,
        task_id=task.pk,
        schedule=schedule,
        parameters=parameters.read(parameters_text, content_type),
        notification=notification,
        by=by,
        now=now,
    )


def hourly(party: Party, task: Task) -> AccountTask:
    """Registered at NOW; its first slot comes an hour later."""
    return account_task(client=party.client, task=task, schedule=Schedule(Frequency.HOURLY))


def run(account_task: AccountTask, *, state: State = State.QUEUED, now: datetime = NOW, **fields: Any) -> TaskRun:
    """A run on demand; finished, waiting or with a lease as its state has it."""
    moments: dict[State, dict[str, Any]] = {
        State.QUEUED: {"next_attempt_at": now},
        State.RUNNING: {"leased_until": now + timedelta(minutes=1), "started_at": now, "fence": 1, "attempts": 1},
    }
    known = {"trigger": Trigger.USER, "asked_by": "ann@acme.example", "created_at": now}
    whole = known | moments.get(state, {"finished_at": now}) | fields
    return TaskRun.objects.create(account_id=account_task.account_id, account_task=account_task, state=state, **whole)
