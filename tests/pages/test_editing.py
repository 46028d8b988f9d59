"""Editing an account task at the pages: what was not touched stays as it is, and nobody's change is lost unseen."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from clients_app.models import Account, AuditEntry
from tasks_app.enumerations import ContentType, Frequency
from tasks_app.models import AccountTask, Task
from tasks_app.schedules import Schedule
from tests import factories
from tests.factories import Party
from tests.pages.browsing import signed_in, text_of

TEXT = '{"Url":"https://a.example",\r\n"Body":  "\\u0041"}'


@pytest.fixture
def row(account: Party, call: Task) -> AccountTask:
    schedule = Schedule(Frequency.DAILY, datetime(2030, 1, 31, 9, 0, 5, 123456, tzinfo=UTC))
    return factories.account_task(client=account.client, task=call, schedule=schedule, parameters_text=TEXT)


def shown(response: Any) -> dict[str, str]:
    """What a browser would send back of the form, and of the parameters in it."""
    draft = response.context["draft"]
    fields: dict[str, str] = {}
    for form in filter(None, (draft.form, draft.editor.form)):
        for bound in form:
            value = bound.value()
            if hasattr(bound.field.widget, "decompress"):
                texts = value if isinstance(value, list) else bound.field.widget.decompress(value)
                fields |= {bound.html_name: texts[0], f"{bound.html_name}_was": texts[1]}
            else:
                fields[bound.html_name] = str("" if value is None else value)
    fields |= {"representation": draft.editor.representation.value, "version": str(response.context["version"])}
    text = draft.editor.text.replace("\r\n", "\n").replace("\n", "\r\n")
    return fields | ({} if draft.editor.form else {"parameters": text})


def facts(row: AccountTask) -> dict[str, Any]:
    names = (
        "frequency",
        "start_at",
        "finish_at",
        "parameters",
        "content_type",
        "notification",
        "is_enabled",
        "version",
    )
    return {name: getattr(row, name) for name in names}


def test_what_nobody_touches_is_not_changed(browser: Browser, row: AccountTask) -> None:
    before = facts(row)
    sent = shown(browser.get(f"/tasks/{row.pk}/edit"))

    response = browser.post(f"/tasks/{row.pk}/edit", sent, follow=True)

    row.refresh_from_db()
    assert "It is saved. The next run is on Thu 31 Jan 2030, 09:00 (UTC)." in text_of(response)
    assert facts(row) == before


def test_another_frequency_leaves_the_parameters_byte_for_byte(browser: Browser, row: AccountTask) -> None:
    sent = shown(browser.get(f"/tasks/{row.pk}/edit"))
    assert sent["parameters/Body"] == "A"

    response = browser.post(f"/tasks/{row.pk}/edit", sent | {"frequency": "3", "is_enabled": "False"}, follow=True)

    row.refresh_from_db()
    assert (row.frequency, row.parameters, row.is_enabled, row.version) == (3, TEXT, False, 2)
    assert "It is saved. It is paused." in text_of(response)
    entry = AuditEntry.objects.filter(row_id=row.pk).first()
    assert entry
    assert entry.after == {"frequency": 3, "is_enabled": False}


def test_other_parameters_are_written_in_the_format_that_they_had(browser: Browser, row: AccountTask) -> None:
    text = "<Any><!-- mine --><Url>https://a.example</Url></Any>"
    AccountTask.objects.update(parameters=text, content_type=ContentType.XML)
    sent = shown(browser.get(f"/tasks/{row.pk}/edit"))

    browser.post(f"/tasks/{row.pk}/edit", sent)
    row.refresh_from_db()
    assert (row.parameters, row.content_type) == (text, ContentType.XML)
    browser.post(f"/tasks/{row.pk}/edit", sent | {"parameters/Method": "PUT"})

    row.refresh_from_db()
    written = "<Parameters>\n  <Url>https://a.example</Url>\n  <Method>PUT</Method>\n</Parameters>\n"
    assert (row.parameters, row.content_type) == (written, ContentType.XML)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York", "Europe/Paris"])
@pytest.mark.parametrize(
    "moments",
    [
        (datetime.min, datetime.max),  # noqa: DTZ901
        (datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 1, 30, 0, 1)),  # noqa: DTZ001 (the second 02:30 of Paris)
        (datetime(2030, 1, 1, 0, 0, 0, 1), None),  # noqa: DTZ001
    ],
)
def test_dates_that_the_form_can_not_show_survive_it(
    browser: Browser, account: Party, row: AccountTask, zone: str, moments: tuple[datetime, datetime | None]
) -> None:
    start_at, finish_at = (moment and moment.replace(tzinfo=UTC) for moment in moments)
    AccountTask.objects.update(start_at=start_at, finish_at=finish_at)
    Account.objects.update(time_zone=zone)
    sent = shown(browser.get(f"/tasks/{row.pk}/edit"))

    # Browsers leave seconds out that are zero.
    sent |= {name: sent[name].removesuffix(":00") for name in ("start_at", "finish_at") if sent[name].count(":") == 2}
    response = browser.post(f"/tasks/{row.pk}/edit", sent | {"frequency": "3"})

    row.refresh_from_db()
    assert response.status_code == 302
    assert (row.frequency, row.start_at, row.finish_at) == (3, start_at, finish_at)


def test_dates_that_are_typed_are_read_in_the_zone_of_the_account(browser: Browser, row: AccountTask) -> None:
    Account.objects.update(time_zone="Europe/Paris")
    sent = shown(browser.get(f"/tasks/{row.pk}/edit"))
    assert sent["start_at"] == "2030-01-31T10:00:05"

    browser.post(f"/tasks/{row.pk}/edit", sent | {"start_at": "2027-03-28T02:30", "finish_at": "2027-10-31T02:30"})

    row.refresh_from_db()
    assert (str(row.start_at), str(row.finish_at)) == ("2027-03-28 01:30:00+00:00", "2027-10-31 00:30:00+00:00")
    browser.post(
        f"/tasks/{row.pk}/edit", shown(browser.get(f"/tasks/{row.pk}/edit")) | {"start_at": "", "finish_at": ""}
    )
    row.refresh_from_db()
    assert (row.start_at, row.finish_at) == (None, None)


@pytest.mark.parametrize("date", ["0001-01-01T00:00", "9999-12-31T23:59:59"])
def test_a_date_beyond_the_calendar_is_refused(browser: Browser, row: AccountTask, date: str) -> None:
    Account.objects.update(time_zone="Asia/Tokyo" if date.startswith("0001") else "America/New_York")
    sent = shown(browser.get(f"/tasks/{row.pk}/edit"))

    page = text_of(browser.post(f"/tasks/{row.pk}/edit", sent | {"start_at": date}))

    assert "That lies beyond the calendar." in page
    assert f'value="{date}"' in page


def test_the_client_is_shown_and_not_changed(
    browser: Browser, account: Party, neighbour: Party, row: AccountTask
) -> None:
    page = browser.get(f"/tasks/{row.pk}/edit")
    assert "A client" in text_of(page)

    browser.post(f"/tasks/{row.pk}/edit", shown(page) | {"client": str(neighbour.client.pk), "frequency": "3"})

    row.refresh_from_db()
    assert (row.client, row.frequency) == (account.client, 3)


def test_a_change_in_between_is_not_lost_unseen(browser: Browser, account: Party, row: AccountTask) -> None:
    bob = signed_in(factories.user(account=account.account, email="bob@acme.example"))
    address = f"/tasks/{row.pk}/edit"
    mine, his = shown(browser.get(address)), shown(bob.get(address))
    bob.post(address, his | {"frequency": "3"})

    asked = browser.post(address, mine | {"frequency": "4", "parameters/Body": "typed with care"})

    page = text_of(asked)
    assert "bob@acme.example changed this task on" in page
    assert "typed with care" in page
    row.refresh_from_db()
    assert (row.frequency, row.parameters) == (3, TEXT)
    assert browser.post(address, shown(asked)).status_code == 302
    row.refresh_from_db()
    assert (row.frequency, row.version, "typed with care" in row.parameters) == (4, 3, True)


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 400, "\u0661", "1.0"])
def test_a_version_that_is_none_is_treated_as_an_old_one(browser: Browser, row: AccountTask, version: str) -> None:
    sent = shown(browser.get(f"/tasks/{row.pk}/edit")) | {"frequency": "3", "version": version}

    assert "after you opened it" in text_of(browser.post(f"/tasks/{row.pk}/edit", sent))
    row.refresh_from_db()
    assert row.frequency == 2


def test_what_is_deleted_meanwhile_is_not_there(browser: Browser, row: AccountTask) -> None:
    sent = shown(browser.get(f"/tasks/{row.pk}/edit"))
    AccountTask.objects.update(deleted_at=row.created_at, next_run_at=None)

    assert browser.post(f"/tasks/{row.pk}/edit", sent).status_code == 404


def test_a_task_that_is_switched_off_says_so_and_keeps_what_was_typed(browser: Browser, row: AccountTask) -> None:
    Task.objects.update(is_enabled=False)
    page = browser.get(f"/tasks/{row.pk}/edit")
    assert "switched this task off" in text_of(page)

    response = browser.post(f"/tasks/{row.pk}/edit", shown(page) | {"parameters/Body": "typed with care"})

    assert "switched this task off" in text_of(response)
    assert "typed with care" in text_of(response)
    row.refresh_from_db()
    assert row.parameters == TEXT


def test_what_the_form_has_no_field_for_is_shown_as_it_is_written(browser: Browser, row: AccountTask) -> None:
    Task.objects.update(parameter_schema={"type": "object", "properties": {"Url": {"type": "string"}}})

    page = browser.get(f"/tasks/{row.pk}/edit")

    assert (
        "Form can&#x27;t show this, so it stays JSON: it has the member Body, which the task does not name."
        in text_of(page)
    )
    browser.post(f"/tasks/{row.pk}/edit", shown(page) | {"frequency": "3"})
    row.refresh_from_db()
    assert (row.frequency, row.parameters) == (3, TEXT)


@pytest.mark.parametrize("text", ['"\\ud800\\u0000"', "1e400", "[" * 32 + "]" * 32, "1" * 5000])
def test_stored_parameters_of_any_kind_can_be_edited(browser: Browser, account: Party, task: Task, text: str) -> None:
    row = factories.account_task(client=account.client, task=task, parameters_text=text)

    sent = shown(browser.get(f"/tasks/{row.pk}/edit"))
    browser.post(f"/tasks/{row.pk}/edit", sent | {"frequency": "3"})
    switched = browser.post(f"/tasks/{row.pk}/edit", sent | {"switch": "xml"})

    row.refresh_from_db()
    assert (row.frequency, row.parameters) == (3, text)
    assert switched.status_code == 200
