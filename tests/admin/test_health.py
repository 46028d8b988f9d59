"""Health at a glance: the first page of the admin site."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models.keys import first_key_of, new_key
from tasks_app import clock, health
from tasks_app.models import AccountTask, Heartbeat, Notification, Task
from tasks_app.models.task_run import State
from tests import factories
from tests.factories import Party
from tests.pages.browsing import text_of

HOUR = timedelta(hours=1)


def seen(browser: Browser) -> str:
    return text_of(browser.get("/admin/"))


def mail(account: Party, row: AccountTask, **fields: Any) -> None:
    Notification.objects.create(
        account=account.account, user=account.administrator, account_task=row, subject="S", **fields
    )


def test_an_empty_service_says_what_to_start(browser: Browser) -> None:
    page = seen(browser)

    assert "No dispatcher has ever run: start run_dispatcher." in page
    assert "has never run" in page


def test_a_service_at_work_says_so(browser: Browser) -> None:
    Heartbeat.objects.create(name=health.DISPATCHER, at=clock.now() - timedelta(seconds=7))

    page = seen(browser)

    assert "Every slot is dispatched, and every run is begun." in page
    assert "reported 7 s ago" in page or "reported 8 s ago" in page


def test_what_waits_runs_and_failed_is_counted(account: Party, task: Task) -> None:
    now = clock.now()
    rows = [factories.account_task(client=account.client, task=task, now=now) for _ in range(4)]
    AccountTask.objects.filter(pk=rows[0].pk).update(next_run_at=now - HOUR)
    factories.run(rows[0], now=now - timedelta(minutes=3))
    factories.run(rows[1], now=now - timedelta(minutes=1))
    factories.run(rows[2], state=State.RUNNING, now=now)
    for ago in (timedelta(0), timedelta(minutes=59), timedelta(minutes=61)):
        factories.run(rows[3], state=State.FAILED, now=now - ago)
    mail(account, rows[0], created_at=now, mail_at=now, mail_problem="The mail server can't be reached.")
    mail(account, rows[0], created_at=now, mailed_at=now)
    mail(account, rows[0], created_at=now - 23 * HOUR, mail_problem="Refused.")
    mail(account, rows[0], created_at=now - 25 * HOUR, mail_problem="Refused.")

    glance = health.glance(now)

    assert (glance.queued, glance.running, glance.overdue) == (2, 1, 1)
    assert glance.waiting_age == "3 minutes"
    assert (glance.mails_waiting, glance.mails_failed) == (1, 1)
    assert glance.latest == {
        "QUEUED": 2, "RUNNING": 1, "SUCCEEDED": 0, "FAILED": 2, "SKIPPED": 0, "CANCELLED": 0,
    }  # fmt: skip


def test_the_number_of_queries_does_not_grow(account: Party, task: Task) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            health.glance(clock.now())
        counts.append(len(queries))
        for _ in range(5):
            row = factories.account_task(client=account.client, task=task)
            factories.run(row)
            mail(account, row, created_at=clock.now(), mail_at=clock.now())

    assert counts[0] == counts[1] <= 16


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (119, "119 s"), (120, "2 minutes"), (7199, "119 minutes"), (7200, "2 hours"), (172800, "2 days")],
)
def test_ages_are_said_in_words(seconds: int, words: str) -> None:
    assert health.age(timedelta(seconds=seconds)) == words


@pytest.mark.django_db
def test_keys_tell_when_they_were_made() -> None:
    now = clock.now()

    key = new_key()

    assert first_key_of(now - timedelta(seconds=2)) < key < first_key_of(now + timedelta(minutes=1))
    assert first_key_of(now).version == 7
