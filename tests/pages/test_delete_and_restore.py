"""Deleting an account task, and the way back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser

from clients_app.models import AuditEntry
from clients_app.models.user import Role
from tasks_app import clock
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.factories import Party
from tests.pages.browsing import signed_in, text_of


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


def test_a_deletion_leads_to_a_page_with_the_way_back(browser: Browser, row: AccountTask) -> None:
    response: Any = browser.post(f"/tasks/{row.pk}/delete", follow=True)

    page = text_of(response)
    until = clock.now() + timedelta(days=30)
    assert response.redirect_chain == [(f"/tasks/{row.pk}/deleted", 302)]
    assert "A task is deleted" in page
    assert f"{until.day} {until:%b %Y}" in page
    assert f'action="/tasks/{row.pk}/restore"' in page


@pytest.mark.parametrize(
    ("verb", "action", "leads_to"),
    [("delete", "account task deleted", "/deleted"), ("restore", "account task restored", "")],
)
def test_what_is_sent_twice_is_done_once(
    browser: Browser, row: AccountTask, verb: str, action: str, leads_to: str
) -> None:
    if verb == "restore":
        browser.post(f"/tasks/{row.pk}/delete")

    for _ in range(2):
        response: Any = browser.post(f"/tasks/{row.pk}/{verb}", follow=True)
        assert response.status_code == 200
        assert response.redirect_chain[-1][0] == f"/tasks/{row.pk}{leads_to}"

    assert AuditEntry.objects.filter(action=action).count() == 1


def test_there_is_no_such_page_of_what_is_not_deleted_foreign_absent_or_too_old(
    browser: Browser, neighbour: Party, task: Task, row: AccountTask
) -> None:
    foreign = factories.account_task(client=neighbour.client, task=task)
    AccountTask.objects.filter(pk=foreign.pk).update(deleted_at=clock.now(), next_run_at=None)
    for key in (row.pk, foreign.pk, uuid4()):
        assert browser.get(f"/tasks/{key}/deleted").status_code == 404

    AccountTask.objects.filter(pk=row.pk).update(deleted_at=clock.now() - timedelta(days=31), next_run_at=None)
    assert browser.get(f"/tasks/{row.pk}/deleted").status_code == 404


def test_a_reader_sees_what_was_deleted_and_can_not_take_it_back(account: Party, row: AccountTask) -> None:
    signed_in(account.administrator).post(f"/tasks/{row.pk}/delete")

    page = text_of(signed_in(factories.user(account=account.account, role=Role.READER)).get(f"/tasks/{row.pk}/deleted"))

    assert "A task is deleted" in page
    assert "Take it back" not in page
