"""The next runs while one types a schedule."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from clients_app.models import Account
from tasks_app import clock
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import Party
from tests.pages.browsing import signed_in, text_of
from tests.pages.test_registering import filled

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PARIS = "Europe/Paris"
FIRST, LAST = f"First run ({PARIS})", f"Last moment ({PARIS})"
PAST = "The first run lies in the past: what has passed is not caught up."


@pytest.fixture
def browser(account: Party, monkeypatch: pytest.MonkeyPatch) -> Browser:
    Account.objects.update(time_zone=PARIS)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return signed_in(account.administrator)


def preview(browser: Browser, account: Party, task: Task, **fields: str) -> Any:
    sent = filled(account, preview="1", start_at="") | fields
    response: Any = browser.post(f"/tasks/new?task={task.pk}", sent)
    assert response.status_code == 200
    assert not AccountTask.objects.exists()
    return response


def slots(response: Any) -> list[str]:
    found = response.context["draft"].preview.slots
    return [f"{slot.at.astimezone(response.context['user'].account.zone):%d.%m. %H:%M}" for slot in found]


@pytest.mark.parametrize(
    ("fields", "expected", "remarks"),
    [
        ({}, ["02.03. 13:00", "03.03. 13:00", "04.03. 13:00", "05.03. 13:00", "06.03. 13:00"], []),
        ({"frequency": "0"}, [], ["It has no schedule: it runs when somebody asks for it."]),
        ({"frequency": "0", "start_at": "2026-03-05T09:00"}, ["05.03. 09:00"], []),
        (
            {"frequency": "0", "start_at": "2026-03-01T09:00"},
            ["01.03. 09:00"],
            ["The first run has passed, but less than 24 hours ago: it comes at once."],
        ),
        (
            {"frequency": "0", "start_at": "2026-02-01T09:00"},
            [],
            ["There is no next run: the only one lies in the past, and is not caught up."],
        ),
        ({"start_at": "2026-02-01T09:00", "finish_at": "2026-03-03T09:00"}, ["02.03. 09:00", "03.03. 09:00"], [PAST]),
        (
            {"start_at": "2026-02-01T09:00", "finish_at": "2026-02-03T09:00"},
            [],
            ["There is no next run: the last moment lies in the past."],
        ),
        ({"finish_at": "2026-03-02T09:00"}, [], ["There is no next run: none comes before the last moment."]),
        (
            {"finish_at": "2026-02-02T09:00", "start_at": "2026-02-03T09:00"},
            [],
            ["Put right what is marked in the schedule, then the next runs stand here."],
        ),
        ({"frequency": "x"}, [], ["Put right what is marked in the schedule, then the next runs stand here."]),
        (
            {"start_at": "2026-03-29T02:30", "finish_at": "2026-10-25T02:30", "frequency": "5"},
            ["29.03. 03:30", "29.06. 03:30", "29.09. 03:30"],
            [
                f"{FIRST}: 02:30 does not exist on 29 March, the clocks go forward: 03:30 is taken instead.",
                f"{LAST}: 02:30 occurs twice on 25 October, the clocks go back: the first time is taken.",
            ],
        ),
    ],
)
def test_the_next_runs_and_what_is_to_be_said_of_them(
    browser: Browser, account: Party, task: Task, fields: dict[str, str], expected: list[str], remarks: list[str]
) -> None:
    response = preview(browser, account, task, **fields)

    assert slots(response) == expected
    assert response.context["draft"].preview.remarks == remarks
    for remark in remarks:
        assert remark in text_of(response)


def test_clock_changes_stand_beside_their_slots(browser: Browser, account: Party, task: Task) -> None:
    page = text_of(preview(browser, account, task, start_at="2026-03-28T02:30"))

    assert "Sun 29 Mar 2026 03:30 CEST" in page
    assert "02:30 does not exist on 29 March, the clocks go forward: it runs at 03:30." in page


def test_the_preview_keeps_what_was_typed_elsewhere(browser: Browser, account: Party, task: Task) -> None:
    sent = {"representation": "json", "parameters": '{"typed": "with care"', "notification": "3"}

    page = text_of(preview(browser, account, task, **sent))

    assert "{&quot;typed&quot;: &quot;with care&quot;" in page
    assert '<option value="3" selected>' in page
    assert "Nothing is saved yet" not in page


def test_it_follows_what_one_types_and_has_a_button_for_browsers_without_scripts(browser: Browser, task: Task) -> None:
    page = text_of(browser.get(f"/tasks/new?task={task.pk}"))

    assert 'hx-trigger="input delay:400ms from:#schedule, change delay:100ms from:#schedule"' in page
    assert '<button name="preview" value="1" formnovalidate' in page
    assert "Times are those of Europe/Paris." in page


def test_an_edit_is_not_caught_up_and_counts_from_the_registration(
    browser: Browser, account: Party, task: Task
) -> None:
    registered = datetime(2026, 2, 20, 8, 15, tzinfo=UTC)
    row = factories.account_task(client=account.client, task=task, schedule=Schedule(Frequency.DAILY), now=registered)
    sent = {"version": "1", "preview": "1", "frequency": "3", "start_at": "", "finish_at": "", "notification": "0"}

    weekly: Any = browser.post(f"/tasks/{row.pk}/edit", sent | {"is_enabled": "True"})
    paused: Any = browser.post(f"/tasks/{row.pk}/edit", sent | {"is_enabled": "False"})
    once = sent | {"frequency": "0", "start_at": "2026-03-01T09:00", "is_enabled": "True"}
    single: Any = browser.post(f"/tasks/{row.pk}/edit", once)

    assert slots(weekly)[:2] == ["06.03. 09:15", "13.03. 09:15"]
    assert slots(paused) == slots(weekly)
    assert paused.context["draft"].preview.remarks == ["It is paused: none of these comes until it is resumed."]
    assert slots(single) == []
