"""The import of account tasks: first a report of what would happen, then the import, once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app import uploads
from clients_app.models import AuditEntry, Client
from clients_app.models.user import Role
from tasks_app import demo, registration, tables
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task
from tasks_app.pages.import_forms import carried
from tests import factories, naughty
from tests.factories import NOW, TESTS, Party
from tests.pages.test_export import text_of_export
from tests.pages.test_signing_in import signed_in, text_of

IMPORT = "/tasks/import"
HEADER = "Task,Frequency,Parameters"
GOOD = f"{HEADER}\nA task,DAILY,{{}}\nA task,HOURLY,[]\n"
MIXED = f"{GOOD}No task,DAILY,{{}}\n"
Line = dict[str, Any]


@pytest.fixture
def browser(account: Party) -> Browser:
    return signed_in(account.administrator)


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


@pytest.mark.parametrize(
    ("columns", "cells", "changes"),
    [
        ("Enabled", "false", [["Enabled", "true", "false"]]),
        ("Frequency", "1", [["Frequency", "DAILY", "HOURLY"]]),
        ("Task", "Another", [["Task", "A task", "Another"]]),
        ("Parameters", "[1]", [["Parameters", '{"a": 1}', "[1]"]]),
        ("StartDate", "2030-01-01", [["StartDate", "none", "2030-01-01T00:00:00+00:00"]]),
        ("Notification,ContentType", "ALL,json", [["Notification", "NONE", "ALL"]]),
        ("Client", "A client", []),
        ("Task,Frequency,Parameters,Enabled", ",,,", []),
        ("StartDate,FinishDate", ",", []),
    ],
)
def test_only_what_the_row_says_changes(
    browser: Browser, account: Party, task: Task, columns: str, cells: str, changes: list[list[str]]
) -> None:
    factories.task(name="Another")
    row = factories.account_task(client=account.client, task=task, parameters_text='{"a": 1}')
    text = f"ID,{columns}\n{row.pk},{cells}\n"

    report = checked(browser, text)
    write(browser, text)

    assert [list(change) for change in report[0]["changes"]] == changes
    assert kinds(report) == ["changes" if changes else "unchanged"]
    before = row.version
    row.refresh_from_db()
    assert row.version == before + len(changes)


def test_what_has_changed_a_start_can_be_taken_away(browser: Browser, account: Party, task: Task) -> None:
    row = factories.account_task(client=account.client, task=task)
    AccountTask.objects.update(start_at=NOW, finish_at=NOW)

    write(browser, f"ID,FinishDate\n{row.pk},\n")

    row.refresh_from_db()
    assert (row.start_at, row.finish_at) == (NOW, None)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("Nobody,DAILY,{},,,", "Task must be the ID or the name of a task of the catalogue."),
        (f"{UUID(int=7)},DAILY,{{}},,,", "Task must be the ID or the name of a task of the catalogue."),
        ("Twin,DAILY,{},,,", "Task: 2 tasks are called that. Write the ID of the one you mean."),
        ("Off,DAILY,{},,,", "Task is switched off in the catalogue."),
        (",DAILY,{},,,", "Task is missing."),
        ("A task,,{},,,", "Frequency is missing."),
        ("A task,DAILY,,,,", "Parameters is missing."),
        ("A task,DAILY,{,,,", "Parameters is not well-formed JSON: line 1 column 2."),
        ("Strict,DAILY,{},,,", "Parameters lacks Url."),
        ("A task,DAILY,{},2030-01-02,2030-01-01,", "FinishDate must not be before the start date."),
        ("A task,DAILY,{},,,Nobody", "Client must be the ID or the name of an enabled client of the account."),
        ("A task,DAILY,{},,,Old", "Client must be the ID or the name of an enabled client of the account."),
        ("A task,DAILY,{},,,Neighbour's", "Client must be the ID or the name of an enabled client of the account."),
    ],
)
def test_wrong_rows_say_how_to_mend_them(
    browser: Browser, account: Party, neighbour: Party, task: Task, cells: str, said: str
) -> None:
    for _ in range(2):
        factories.task(name="Twin")
    Task.objects.filter(pk=factories.task(name="Off").pk).update(is_enabled=False)
    factories.task(name="Strict", schema={"type": "object", "required": ["Url"]})
    old = factories.client(user=account.administrator, name="Old")
    Client.objects.filter(pk=old.pk).update(revoked_at=NOW)
    Client.objects.filter(pk=neighbour.client.pk).update(name="Neighbour's")

    [line] = checked(browser, f"{HEADER},StartDate,FinishDate,Client\n{cells}\n")

    assert (line["kind"], line["problems"]) == ("wrong", [said])


def test_a_new_task_needs_a_client_and_several_have_to_be_told_apart(
    browser: Browser, account: Party, task: Task
) -> None:
    factories.client(user=account.administrator, name="Second")
    [line] = checked(browser, f"{HEADER}\nA task,DAILY,{{}}\n")
    assert line["problems"] == ["Client: there are 2 of them. Write the ID of the one you mean."]

    [line] = checked(browser, f"{HEADER},Client\nA task,DAILY,{{}},Second\n")
    assert line["kind"] == "new"

    Client.objects.update(revoked_at=NOW)
    [line] = checked(browser, f"{HEADER}\nA task,DAILY,{{}}\n")
    assert line["problems"] == ["The account has no enabled client yet: register one before its first task."]


def test_what_is_foreign_or_deleted_is_not_there(
    browser: Browser, account: Party, neighbour: Party, task: Task
) -> None:
    foreign = factories.account_task(client=neighbour.client, task=task)
    deleted = factories.account_task(client=account.client, task=task)
    registration.remove(deleted, by=TESTS, now=NOW)
    text = f"ID,Enabled\n{foreign.pk},false\n{deleted.pk},false\n{uuid4()},false\n"

    lines = checked(browser, text)
    write(browser, text, "right")

    assert [line["problems"] for line in lines] == [
        ["The account has no task with this ID: leave the ID empty to register a new one."]
    ] * 3
    foreign.refresh_from_db()
    assert foreign.is_enabled


def test_the_client_of_a_task_stays(browser: Browser, account: Party, task: Task) -> None:
    second = factories.client(user=account.administrator, name="Second")
    row = factories.account_task(client=account.client, task=task)

    [line] = checked(browser, f"ID,Client\n{row.pk},{second.pk}\n")

    assert line["problems"] == ["Client can't be changed: leave its cell empty, or have it as it was."]


def test_a_task_that_is_switched_off_can_be_paused_but_not_edited(browser: Browser, account: Party, task: Task) -> None:
    row = factories.account_task(client=account.client, task=task)
    Task.objects.update(is_enabled=False)

    [edited] = checked(browser, f"ID,Frequency\n{row.pk},HOURLY\n")
    write(browser, f"ID,Enabled\n{row.pk},false\n")

    assert edited["problems"] == ["Task is switched off in the catalogue."]
    row.refresh_from_db()
    assert not row.is_enabled


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


@pytest.mark.usefixtures("task")
def test_a_pasted_table(browser: Browser) -> None:
    text = 'Task\tFrequency\tParameters\r\nA task\tDAILY\t"[1,\r\n2]"\r\n'

    response: Any = browser.post(IMPORT, {"pasted": text})
    write(browser, response.context["carried"] and text.replace("\r\n", "\n"))

    assert AccountTask.objects.get().parameters == "[1,\n2]"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "It is empty: the first line has to name the columns"),
        (b"\xff\xfeT\x00", "The file is not in UTF-8"),
        (b"Task,Colour\na,b\n", "These columns mean nothing here: Colour."),
        (b'Task\n"a', "Row 2 can&#x27;t be read"),
        (b"Task\n" + b"a\n" * 1_001, "more than 1,000 rows"),
        (b"Task\n" + b"a" * 2**20, "The file is larger than 1 MiB"),
        (b"Task,Frequency\nA task,=1+1\x00\n", "Frequency must not hold characters"),
    ],
)
def test_what_can_not_be_read_is_said(browser: Browser, content: bytes, said: str) -> None:
    response = upload(browser, content)

    assert response.status_code == 200
    assert said in text_of(response)


@pytest.mark.parametrize("form", [{}, {"pasted": " \n "}, {"pasted": GOOD, "file": True}])
def test_either_a_file_or_a_text(browser: Browser, form: dict[str, Any]) -> None:
    if "file" in form:
        form = form | {"file": SimpleUploadedFile("table.csv", GOOD.encode())}

    page = text_of(browser.post(IMPORT, form))

    assert "Choose a file, or paste a table: one of the two." in page
    assert form.get("pasted", "").strip() in browser.post(IMPORT, {"pasted": "Colour\n1"} | form).content.decode()


def test_a_wrong_paste_keeps_what_was_typed(browser: Browser) -> None:
    text = "Colour,Task,Task\n</textarea><b>"

    page = browser.post(IMPORT, {"pasted": text, "ignore_unknown": "on"}).content.decode()

    assert "The column Task is there twice" in page
    assert "Colour,Task,Task\n&lt;/textarea&gt;&lt;b&gt;</textarea>" in page
    assert "checked" in page


def test_unknown_columns_are_passed_over_if_that_is_asked_for(browser: Browser, task: Task) -> None:
    text = f"{HEADER},Colour,Status\nA task,DAILY,{{}},red,FAILED\n"

    response = upload(browser, text, ignore_unknown="on")

    assert "Columns that were passed over: Status, Colour." in text_of(response)
    assert 'name="ignore_unknown" value="true"' in text_of(response)
    browser.post(IMPORT, {"carried": carried(text), "how": "all", "key": uuid4(), "ignore_unknown": "true"})
    assert AccountTask.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"carried": "nonsense"},
        {"carried": ""},
        {"carried": "\x00"},
        {"carried": carried("Colour\n1")},
        {"carried": carried(f"{HEADER}\n{'x' * 2**20}")},
        {"how": "perhaps"},
        {"how": ""},
        {"key": "nonsense"},
    ],
)
def test_a_damaged_form_imports_nothing(browser: Browser, task: Task, wrong: dict[str, str]) -> None:
    form = {"carried": carried(GOOD), "how": "all", "key": str(uuid4())} | wrong

    response = browser.post(IMPORT, form, follow=True)

    assert "Nothing was imported: choose the table once more." in text_of(response)
    assert not AccountTask.objects.exists()


def test_what_is_too_large_for_a_form_gets_a_sentence(browser: Browser) -> None:
    response = browser.post(IMPORT, {"pasted": "x" * (2**20 + 1)})

    assert response.status_code == 400
    assert "too large for a form, which may hold 1 MiB" in text_of(response)


def test_a_file_that_is_far_too_large_is_not_even_read(browser: Browser) -> None:
    response = upload(browser, b"x" * (uploads.LARGEST + 1))

    assert response.status_code == 400
    assert "split it if the file is larger than that too" in text_of(response)


def test_the_largest_table_gets_through_both_steps(browser: Browser, task: Task) -> None:
    text = HEADER + "\n" + "".join(f'A task,DAILY,"{{""a"": ""{number:>900}""}}"\n' for number in range(1_000))
    assert len(text) < tables.LARGEST

    response: Any = upload(browser, text)

    assert set(kinds(lines_of(response))) == {"new"}
    assert len(response.context["carried"]) < 100_000


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
