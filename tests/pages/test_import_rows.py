"""What becomes of a row of an imported table: a change of what it says something of, or what is wrong with it."""

from uuid import UUID, uuid4

import pytest
from django.test import Client as Browser

from clients_app.models import Client
from tasks_app import registration
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.factories import NOW, TESTS, Party
from tests.pages.test_import import HEADER, checked, kinds, write


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
