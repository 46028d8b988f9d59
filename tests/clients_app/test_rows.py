"""Rows that go through no constructor are those that the constructor would have made."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from clients_app import rows
from clients_app.models import AuditEntry
from clients_app.models.keys import new_key
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.factories import NOW, Party
from tests.rows import facts

MADE_ANEW = ("id", "created_at", "modified_at", "at")


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


@pytest.mark.parametrize("model", [AccountTask, AuditEntry, TaskRun])
def test_a_new_row_has_all_defaults_but_what_is_said(row: AccountTask, model: Any) -> None:
    related: dict[str, Model] = {"account": row.account}
    said: dict[str, Any] = {"id": new_key()}

    made, expected = rows.new(model, related=related, **said), model(**related, **said)

    assert made == expected
    assert (made._state.adding, made._state.db) == (expected._state.adding, expected._state.db)
    assert {name: value for name, value in facts(made).items() if name not in MADE_ANEW} == {
        name: value for name, value in facts(expected).items() if name not in MADE_ANEW
    }
    assert {name: type(value) for name, value in facts(made).items()} == {
        name: type(value) for name, value in facts(expected).items()
    }
    assert made.account is row.account


def test_each_new_row_has_a_key_of_its_own(row: AccountTask) -> None:
    one, other = (rows.new(AuditEntry, related={}) for _ in range(2))

    assert isinstance(one.id, UUID)
    assert one.id != other.id


def test_what_was_read_in_part_fetches_the_rest(row: AccountTask) -> None:
    AccountTask.objects.filter(pk=row.pk).update(start_at=NOW)

    with CaptureQueriesContext(connection) as queries:
        [read] = rows.read(AccountTask.objects.only("status", "start_at", "account_id").order_by("id"))
        assert (read.pk, read.status, read.start_at, read.account_id) == (row.pk, State.PENDING, NOW, row.account_id)
        assert (read._state.adding, read.get_deferred_fields() >= {"parameters", "task_id"}) == (False, True)

    assert len(queries) == 1
    assert read.parameters == row.parameters
    assert facts(read) == facts(AccountTask.objects.get())
