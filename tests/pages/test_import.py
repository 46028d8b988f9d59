"""The import of account tasks: first a report of what would happen, then the import, once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models import AuditEntry, Client
from clients_app.models.user import Role
from tasks_app import demo, registration
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task
from tasks_app.pages.import_forms import carried
from tests import factories, naughty
from tests.factories import NOW, Party
from tests.pages.browsing import signed_in, text_of
from tests.pages.test_export import text_of_export

IMPORT = "/tasks/import"
HEADER = "Task,Frequency,Parameters"
GOOD = f"{HEADER}\nA task,DAILY,{{}}\nA task,HOURLY,[]\n"
MIXED = f"{GOOD}No task,DAILY,{{}}\n"
Line = dict[str, Any]


def upload(browser: Browser, text: str | bytes, **others: str) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    return browser.post(IMPORT, {"file": SimpleUploadedFile("table.csv", content), **others})


def lines_of(response: Any) -> list[Line]:
    assert response.context is not None
    assert "lines" in response.context, text_of(response)
    lines: list[Line] = response.context["lines"]
    return lines


def checked(browser: Browser, text: str | bytes, **others: str) -> list[Line]:
    return lines_of(upload(browser, text, **others))


def write(browser: Browser, text: str, how: str = "all", key: Any = None) -> Any:
    return browser.post(IMPORT, {"carried": carried(text), "how": how, "key": key or uuid4()})


def kinds(lines: list[Line]) -> list[str]:
    return [line["kind"] for line in lines]


def test_first_it_only_says_what_would_happen(browser: Browser, account: Party, task: Task) -> None:
    row = factories.account_task(client=account.client, task=task, parameters_text='{"a": 1}')
    entries = AuditEntry.objects.count()
    text = (
        "ID,Task,Frequency,Parameters,Enabled\n"
        f',A task,DAILY,"{{""b"": ""<script>""}}",true\n'
        f'{row.pk},A task,DAILY,"{{""a"": 1}}",true\n'
        f'{row.pk},A task,HOURLY,"{{""a"": 1}}",false\n'
        ",,SOMETIMES,{},\n"
    )

    response = upload(browser, text)

    assert kinds(lines_of(response)) == ["new", "unchanged", "wrong", "wrong"]
    assert "1 new, 0 changed, 1 unchanged, 2 wrong." in text_of(response)
    assert "Row 3 has the same ID" in text_of(response)
    assert "Frequency must be one of NONE" in text_of(response)
    assert (AccountTask.objects.count(), AuditEntry.objects.count()) == (1, entries)


def test_the_report_leads_to_the_import_which_writes_what_it_said(browser: Browser, account: Party, task: Task) -> None:
    row = factories.account_task(client=account.client, task=task)
    text = (
        "ID;TASK;Frequency;startdate;FinishDate;Parameters;ContentType;Notification;Enabled\n"
        f';{task.pk};weekly;2030-01-31T09:00:00+01:00;2031-01-01;"<a>\r\n</a>";xml;FAILURE;no\n'
        f"{row.pk};A task;HOURLY;;;{{}};application/json;NONE;true\n"
    )
    page = upload(browser, text).content.decode()
    form = dict(re.findall(r'<input type="hidden" name="(carried|key)" value="([^"]+)">', page))

    response = browser.post(IMPORT, form | {"how": "all"})

    assert "2 rows were imported" in text_of(response)
    row.refresh_from_db()
    new = AccountTask.objects.exclude(pk=row.pk).get()
    assert (row.frequency, row.modified_by) == (Frequency.HOURLY, "ann@acme.example")
    assert (new.frequency, new.is_enabled, new.next_run_at) == (Frequency.WEEKLY, False, None)
    assert (new.start_at, new.finish_at) == (datetime(2030, 1, 31, 8, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))
    assert (new.parameters, new.content_type) == ("<a>\r\n</a>", ContentType.XML)
    assert (new.notification, new.client, new.modified_by) == (
        TaskNotification.FAILURE,
        account.client,
        "ann@acme.example",
    )
    for changed in (row, new):
        assert f"/tasks/{changed.pk}" in text_of(response)
        assert AuditEntry.objects.filter(row_id=changed.pk, address="127.0.0.1").exists()


def test_an_export_that_comes_back_changes_nothing(browser: Browser, account: Party, neighbour: Party) -> None:
    account.account.time_zone = "America/St_Johns"
    account.account.save()
    ends = {"start_at": datetime.min.replace(tzinfo=UTC), "finish_at": datetime.max.replace(tzinfo=UTC)}
    for number, text in enumerate([*naughty.BREAKOUTS, "=1+1", "'@SUM(1)", *naughty.strings()[::9]]):
        task = factories.task(name=text.strip()[:100] or "Blank")
        row = factories.account_task(client=account.client, task=task)
        AccountTask.objects.filter(pk=row.pk).update(parameters=text if text.strip() else "{}")
        if number % 3 == 0:
            AccountTask.objects.filter(pk=row.pk).update(**ends, is_enabled=False, next_run_at=None)
            Task.objects.filter(pk=task.pk).update(is_enabled=False)
    Client.objects.filter(pk=account.client.pk).update(revoked_at=NOW, name="=<script>")
    before = list(AccountTask.objects.order_by("pk").values())
    export = text_of_export(browser)

    report = upload(browser, export)
    written = write(browser, export)

    for response in (report, written):
        assert set(kinds(lines_of(response))) == {"unchanged"}
        assert len(lines_of(response)) == len(before) > 50
        assert "<script>" not in response.content.decode().replace('<script src="', "")
    assert "there is nothing to import" in text_of(report)
    assert list(AccountTask.objects.order_by("pk").values()) == before


@pytest.mark.usefixtures("task")
@pytest.mark.parametrize(("how", "expected"), [("all", 0), ("right", 2)])
def test_all_or_nothing_or_the_right_rows_alone(browser: Browser, how: str, expected: int) -> None:
    response = write(browser, MIXED, how)

    assert AccountTask.objects.count() == expected
    assert kinds(lines_of(response)) == ["new", "new", "wrong"]
    assert ("Nothing was imported" in text_of(response)) == (how == "all")
    assert [bool(line["account_task"]) for line in lines_of(response)] == [how == "right", how == "right", False]


@pytest.mark.usefixtures("task")
def test_what_turns_out_wrong_in_the_middle_takes_all_back(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    register: Callable[..., AccountTask] = registration.register

    def deleted_meanwhile(**arguments: Any) -> AccountTask:
        if AccountTask.objects.exists():
            raise AccountTask.DoesNotExist
        return register(**arguments)

    monkeypatch.setattr(registration, "register", deleted_meanwhile)

    response = write(browser, GOOD)

    assert not AccountTask.objects.exists()
    assert kinds(lines_of(response)) == ["new", "wrong"]
    assert str(response.context["lines"][0]["account_task"]) == ""


@pytest.mark.usefixtures("task")
def test_a_form_that_is_sent_twice_imports_once_and_says_the_same(browser: Browser) -> None:
    key = uuid4()

    first, second = (write(browser, GOOD, key=key) for _ in range(2))

    assert AccountTask.objects.count() == 2
    assert [line["account_task"] for line in lines_of(first)] == [line["account_task"] for line in lines_of(second)]
    assert "2 rows were imported" in text_of(second)


def test_the_template_registers_a_task_of_each_kind(browser: Browser, account: Party) -> None:
    for entry in demo.CATALOGUE:
        factories.task(name=entry["name"], handler=entry["handler"])
    off = factories.task(name="Switched off")
    Task.objects.filter(pk=off.pk).update(is_enabled=False)
    response: Any = browser.get("/tasks/import/template.csv")
    text = b"".join(response.streaming_content).decode()

    lines = checked(browser, text)

    assert (len(lines), set(kinds(lines))) == (4, {"new"})


def test_the_number_of_queries_does_not_grow_with_rows(browser: Browser, account: Party, task: Task) -> None:
    numbers = []
    for size in (2, 20):
        rows = [factories.account_task(client=account.client, task=task) for _ in range(size)]
        text = "ID,Task,Frequency,Parameters\n" + "".join(f"{row.pk},,HOURLY,\n,A task,DAILY,{{}}\n" for row in rows)
        with CaptureQueriesContext(connection) as queries:
            upload(browser, text)
        numbers.append(len(queries))

    assert numbers[0] == numbers[1]


def test_readers_import_nothing(account: Party, task: Task) -> None:
    reader = signed_in(factories.user(account=account.account, role=Role.READER))

    assert "<textarea" not in text_of(reader.get(IMPORT))
    assert upload(reader, GOOD).status_code == 403
    assert write(reader, GOOD).status_code == 403
    assert not AccountTask.objects.exists()
