"""An operator at the admin site, and one row of each kind."""

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client as Browser

from clients_app.models import AccessToken, AuditEntry, Counter, User
from tasks_app.models import Heartbeat, Notification, Task
from tests import factories
from tests.factories import NOW, Party


@pytest.fixture
def operator(db: None) -> User:
    return factories.user(account=None, email="operator@example.org")


@pytest.fixture
def browser(operator: User) -> Browser:
    browser = Browser()
    browser.force_login(operator)
    return browser


@pytest.fixture
def rows(account: Party, task: Task) -> dict[type, Any]:
    """One row of each kind."""
    account_task = factories.account_task(client=account.client, task=task)
    run = factories.run(account_task)
    notification = Notification.objects.create(
        account=account.account, user=account.administrator, account_task=account_task, subject="S", created_at=NOW
    )
    heartbeat = Heartbeat.objects.create(name="dispatcher", at=NOW)
    counter = Counter.objects.create(key="k", window_ends_at=NOW, count=1)
    own = (
        account.account,
        account.administrator,
        account.client,
        task,
        account_task,
        run,
        counter,
        notification,
        heartbeat,
    )
    attempt = AccessAttempt.objects.create(username="ann@acme.example", failures_since_start=1)
    others = (attempt, AccessToken.objects.first(), AuditEntry.objects.first())
    return {type(row): row for row in (*own, *others)}
