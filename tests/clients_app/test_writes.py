"""Rows that are written by statements of our own are those that the ORM would have written."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from clients_app import audit, writes
from clients_app.models import AuditEntry
from clients_app.models.keys import new_key
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State, Trigger
from tests import factories, naughty
from tests.factories import NOW, Party

TEXTS = ["", "\t\\N\\.\n\r\n", "'\"{}[],", "\x7f\U0001f600 NULL null", *naughty.BREAKOUTS]


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


def account_tasks(like: AccountTask) -> list[Model]:
    stored = {field.attname: getattr(like, field.attname) for field in AccountTask._meta.concrete_fields}
    rows: list[Model] = []
    for number, text in enumerate(TEXTS):
        moments = {"start_at": datetime.min.replace(tzinfo=UTC), "finish_at": datetime.max.replace(tzinfo=UTC)}
        others = moments if number % 2 else {"next_run_at": None, "is_enabled": False, "deleted_at": NOW}
        known = {"id": new_key(), "parameters": text, "modified_by": text[:254], "search_text": text[:500]}
        rows.append(AccountTask(**stored | known | others))
    return rows


def entries(like: AccountTask) -> list[Model]:
    fixed: dict[str, Any] = {"by": "ann", "action": "x", "kind": "y", "account": like.account, "client": like.client}
    facts: list[Any] = [None, {}, [], "", 0, False, {"a": [1, None, {"b": "\\u0000"}]}, *TEXTS]
    return [
        AuditEntry(row_id=like.pk, before=None, after=fact, address=address, at=NOW, **fixed)
        for fact in facts
        for address in (None, "::1", "192.0.2.1")
    ]


def runs(like: AccountTask) -> list[Model]:
    waiting = TaskRun.queued(like, due_at=NOW, trigger=Trigger.SCHEDULE, asked_by="SCHEDULER", now=NOW)
    done = {"state": State.FAILED, "trigger": Trigger.API, "asked_by": "ann", "finished_at": NOW}
    return [
        waiting,
        *(TaskRun(account_id=like.account_id, account_task=like, summary=text, **done) for text in TEXTS),
    ]


@pytest.mark.parametrize("write", [writes.insert, writes.insert_new], ids=["all", "new ones"])
@pytest.mark.parametrize("many", [True, False], ids=["many", "one by one"])
@pytest.mark.parametrize("made", [account_tasks, entries, runs])
def test_new_rows_are_the_same_as_those_of_the_orm(row: AccountTask, made: Any, many: bool, write: Any) -> None:
    rows = made(row)
    model: Any = type(rows[0])
    ours = model.objects.filter(pk__in=[each.pk for each in rows])
    with transaction.atomic():
        for each in rows:
            each.save(force_insert=True)
        expected = list(ours.order_by("pk").values())
        transaction.set_rollback(True)

    if many:
        write(rows)
    else:
        for each in rows:
            write([each])

    assert list(ours.order_by("pk").values()) == expected
    assert len(expected) == len(rows) > 3
    assert all((each._state.adding, each._state.db) == (False, "default") for each in rows)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_rows_of_two_tables_take_one_statement_on_postgresql(row: AccountTask, account: Party, number: int) -> None:
    new = account_tasks(row)[:number]
    entry = audit.entry("x", row, by=account.caller, account=account.account, after={})

    with CaptureQueriesContext(connection) as queries:
        writes.insert(new, [entry])

    inserts = [query["sql"] for query in queries if "INSERT" in query["sql"]]
    assert len(inserts) == (1 if connection.vendor == "postgresql" else 1 + bool(number))
    assert AccountTask.objects.filter(pk__in=[each.pk for each in new]).count() == number
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has a statement for each row")
def test_few_rows_have_few_statements_whatever_is_alike_among_them(row: AccountTask) -> None:
    stored = {field.attname: getattr(row, field.attname) for field in AccountTask._meta.concrete_fields}
    names = [
        name for name, value in stored.items() if isinstance(value, str) and name not in ("status", "content_type")
    ]
    seen = set()
    for name in [*names, *names]:
        for others in ({}, {names[0]: "other"}):
            rows = [AccountTask(**stored | others | {"id": new_key(), name: text}) for text in ("a", "b")]
            seen |= {statement.sql for statement in writes.insertions(rows)}
            writes.insert(rows)

    assert len(names) > 3
    assert len(seen) <= len(names) + 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [1, 2])
def test_what_can_not_be_written_leaves_nothing_behind(account: Party, task: Task, number: int) -> None:
    row = factories.account_task(client=account.client, task=task)
    fresh = account_tasks(row)[:number]
    rows, twice = AccountTask.objects.count(), [row] * number

    with pytest.raises(IntegrityError):
        writes.insert(fresh, twice)

    assert AccountTask.objects.count() == rows


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [2, 20])
def test_one_row_several_times_is_refused(account: Party, number: int) -> None:
    entry = audit.entry("x", account.account, by=account.caller, account=account.account, after={})
    writes._made.cache_clear()  # nothing is known of which columns vary

    with pytest.raises(IntegrityError):
        writes.insert([entry] * number)

    assert not AuditEntry.objects.filter(pk=entry.pk).exists()


@pytest.mark.parametrize("most", [32_766, 40])
def test_rows_that_are_there_already_are_left_out(row: AccountTask, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writes, "MOST_VALUES", most)

    def run(hours: int) -> TaskRun:
        due_at = NOW + timedelta(hours=hours)
        return TaskRun.queued(row, due_at=due_at, trigger=Trigger.SCHEDULE, asked_by="SCHEDULER", now=NOW)

    writes.insert([there := run(1)])
    rows = [run(0), run(1), run(2), run(2)]

    assert writes.insert_new(rows) == [rows[0], rows[2]]

    assert set(TaskRun.objects.values_list("pk", flat=True)) == {there.pk, rows[0].pk, rows[2].pk}
    assert writes.insert_new([]) == []


@pytest.mark.parametrize("count", [1, 2, 100])
def test_an_update_is_the_same_as_that_of_the_orm(row: AccountTask, count: int) -> None:
    names = ("next_run_at", "latest_run_id", "status", "parameters", "failures_in_a_row", "is_enabled")
    rows: Any = [each for each in account_tasks(row) if getattr(each, "is_enabled", False)][:count]
    other = factories.account_task(client=row.client, task=row.task)
    writes.insert(rows)
    for number, each in enumerate(rows):
        each.next_run_at = None if number % 2 else NOW + timedelta(microseconds=number)
        each.latest_run_id, each.status = (None, State.PENDING) if number % 3 else (new_key(), State.FAILED)
        each.parameters, each.failures_in_a_row, each.modified_by = each.parameters * 2, number, "nobody"
    AccountTask.objects.bulk_update(rows, names)
    written = AccountTask.objects.order_by("pk")
    expected = list(written.values())
    for each in rows:
        type(each).objects.filter(pk=each.pk).update(next_run_at=NOW, latest_run_id=None, status="SKIPPED")

    writes.update(rows, names)

    assert list(written.values()) == expected
    assert len({str(each) for each in expected}) == len(expected) == len(rows) + 2
    other.refresh_from_db()
    assert other.status == State.PENDING
    writes.update([], names)
