"""The changes at the page of an account task: who, when, from where, and what."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from clients_app import audit
from clients_app.models import AuditEntry
from tasks_app import parameters, registration
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task
from tasks_app.pages import trail
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import NOW, TESTS, Party
from tests.pages.browsing import text_of


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    text = '{\n "a": 1,\n "b": 2\n}'
    return factories.account_task(client=account.client, task=task, parameters_text=text, by=account.caller)


def change(row: AccountTask, party: Party, **changes: Any) -> None:
    usual: dict[str, Any] = {
        "task_id": row.task_id,
        "schedule": row.schedule,
        "parameters": parameters.read(row.parameters, ContentType.JSON),
        "notification": TaskNotification.NONE,
        "is_enabled": None,
    }
    registration.change(row, **(usual | changes), by=party.caller, now=NOW)


def test_a_registration_tells_all_facts_in_words(browser: Browser, row: AccountTask) -> None:
    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert "account task registered" in page
    assert "By ann@acme.example with the client A client, from 127.0.0.1." in page
    for said in ("<ins>A task</ins>", "<ins>Daily</ins>", "<ins>Running</ins>", "<ins>JSON</ins>"):
        assert said in page, said


def test_a_change_tells_what_was_and_what_is(browser: Browser, account: Party, row: AccountTask) -> None:
    account.account.time_zone = "Asia/Tokyo"
    account.account.save()
    other = factories.task(name="Another <task>")
    start = datetime(2030, 1, 1, 20, tzinfo=UTC)
    change(row, account, task_id=other.pk, schedule=Schedule(Frequency.WEEKLY, start))

    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert "<del>Daily</del> <ins>Weekly</ins>" in page
    assert "<del>A task</del> <ins>Another &lt;task&gt;</ins>" in page
    assert '<ins><time datetime="2030-01-01T20:00:00+00:00">2 Jan 2030 05:00</time></ins>' in page


def test_parameters_of_several_lines_are_compared_line_by_line(
    browser: Browser, account: Party, row: AccountTask
) -> None:
    change(row, account, parameters=parameters.read('{\n "a": 1,\n "b": "<3>"\n}', ContentType.JSON))

    page = browser.get(f"/tasks/{row.pk}").content.decode()

    assert (
        "{\n  &quot;a&quot;: 1,\n<del>  &quot;b&quot;: 2</del>\n<ins>  &quot;b&quot;: &quot;&lt;3&gt;&quot;</ins>\n}"
        in page
    )


def test_long_parameters_with_a_secret_are_shown_as_far_as_they_are_kept(
    browser: Browser, account: Party, row: AccountTask
) -> None:
    numbers = ", ".join(map(str, range(400)))
    change(row, account, parameters=parameters.read(f'{{"Token": "hunter2", "a": [{numbers}]}}', ContentType.JSON))

    page = browser.get(f"/tasks/{row.pk}").content.decode()

    trail_of_it = page.split("account task changed", 1)[1]
    assert (
        "<ins>  &quot;Token&quot;: &quot;\N{BULLET}\N{BULLET}\N{BULLET}&quot;,</ins>\n<ins>  &quot;a&quot;: [</ins>"
        in trail_of_it
    )
    assert "hunter2" not in page
    assert "Fingerprint of the parameters" in trail_of_it


def test_pausing_and_deleting_are_told_too(browser: Browser, row: AccountTask) -> None:
    for verb in ("pause", "delete", "restore"):
        browser.post(f"/tasks/{row.pk}/{verb}")

    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert "<del>Running</del> <ins>Paused</ins>" in page
    for action in ("account task changed", "account task deleted", "account task restored"):
        assert action in page, action


def test_only_the_latest_changes_are_shown(browser: Browser, row: AccountTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "SHOWN", 1)
    browser.post(f"/tasks/{row.pk}/pause")

    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert "account task registered" not in page
    assert "Older changes are not shown here." in page


def test_changes_of_others_are_not_in_it(
    browser: Browser, account: Party, neighbour: Party, task: Task, row: AccountTask
) -> None:
    entry = AuditEntry.objects.get(row_id=row.pk)
    AuditEntry.objects.create(account=neighbour.account, by="mallory", action="x", kind=entry.kind, row_id=row.pk)
    AuditEntry.objects.create(account=account.account, by="mallory", action="x", kind="task", row_id=row.pk)

    assert "mallory" not in text_of(browser.get(f"/tasks/{row.pk}"))


def test_facts_that_have_gone_out_of_use_do_no_harm(browser: Browser, row: AccountTask) -> None:
    after = {
        "frequency": 99,
        "notification": "LOUD",
        "content_type": "text/plain",
        "some_colour": "blue",
        "start_at": datetime.min.replace(tzinfo=UTC).isoformat(),
        "finish_at": datetime.max.replace(tzinfo=UTC).isoformat(),
    }
    audit.record("account task changed", row, by=TESTS, account=row.account, before=None, after=after)

    page = text_of(browser.get(f"/tasks/{row.pk}"))

    for said in ("<ins>99</ins>", "<ins>LOUD</ins>", "<ins>text/plain</ins>", "Some colour"):
        assert said in page, said


def test_what_is_masked_is_masked_wherever_parameters_are_shown(
    browser: Browser, account: Party, row: AccountTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(row, account, parameters=parameters.read('{"Password": "hunter2"}', ContentType.JSON))
    monkeypatch.setattr(trail, "shown", lambda text: text.replace("hunter2", "***"))

    page = text_of(browser.get(f"/tasks/{row.pk}"))

    assert "***" in page
    assert "hunter2" not in page


def test_lines_say_what_became_of_them() -> None:
    assert list(trail.line_by_line("a\nb\nc", "a\nd\nc\ne")) == [
        ("", "a"),
        ("del", "b"),
        ("ins", "d"),
        ("", "c"),
        ("ins", "e"),
    ]
