"""The settings of an account: name, time zone with a preview of what it does, and the signing secret."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients_app import secrets
from clients_app.models import Account, AuditEntry, User
from clients_app.models.user import Role
from clients_app.templatetags.moments import written
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task
from tasks_app.pages import account_form, account_settings
from tasks_app.schedules import Schedule
from tests import factories, naughty
from tests.factories import Party
from tests.pages.browsing import signed_in, text_of

ROTATE, RETIRE = "/settings/signing-secret/rotate", "/settings/signing-secret/retire"
FORM = {"name": "Acme", "time_zone": "Asia/Kathmandu"}


def daily(party: Party, task: Task, *, days_ago: int = 0) -> AccountTask:
    """Next in a day; since its first slot the clocks of the zone may have changed."""
    now = timezone.now()
    start = Schedule(Frequency.DAILY, now - timedelta(days=days_ago))
    return factories.account_task(client=party.client, task=task, schedule=start, now=now + timedelta(minutes=1))


def stored(party: Party) -> tuple[str, str]:
    account = Account.objects.get(pk=party.account.pk)
    return account.name, account.time_zone


def test_name_and_time_zone_change_and_leave_their_trail(browser: Browser, account: Party, neighbour: Party) -> None:
    page = browser.post("/settings", {"name": "Acme & Sons", "time_zone": "Europe/Paris"}, follow=True)

    assert "The settings are saved." in text_of(page)
    assert stored(account) == ("Acme & Sons", "Europe/Paris")
    assert stored(neighbour) == ("Neighbour", "UTC")
    entry = AuditEntry.objects.get(action="account changed")
    assert (entry.by, entry.account, entry.after) == (
        "ann@acme.example", account.account, {"name": "Acme & Sons", "time_zone": "Europe/Paris"}
    )  # fmt: skip


def test_what_stays_as_it_is_leaves_no_trail(browser: Browser, account: Party) -> None:
    browser.post("/settings", {"name": "Acme", "time_zone": "UTC"})

    assert not AuditEntry.objects.filter(action="account changed").exists()


@pytest.mark.parametrize("typed", ["europe/paris", " Europe/Paris ", "EUROPE/PARIS"])
def test_a_time_zone_may_be_typed_in_any_case(browser: Browser, account: Party, typed: str) -> None:
    browser.post("/settings", {"name": "Acme", "time_zone": typed})

    assert stored(account) == ("Acme", "Europe/Paris")


def test_each_time_zone_is_offered_and_found() -> None:
    zones = account_form.time_zones()

    assert len({account_form._folded(zone) for zone in zones}) == len(zones) > 400
    for zone in ("America/New York", "Asia/Ho Chi Minh"):
        form = account_form.AccountForm({"name": "x", "time_zone": zone})
        assert form.is_valid(), form.errors


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"time_zone": "Mars/Base"}, "Choose a time zone of the list"),
        ({"time_zone": "../etc/passwd"}, "Choose a time zone of the list"),
        ({"time_zone": ""}, "This field is required."),
        ({"time_zone": "x" * 100_000}, "at most 63 characters"),
        ({"time_zone": "UTC\x00"}, "Null characters are not allowed."),
        ({"name": ""}, "This field is required."),
        ({"name": "   "}, "This field is required."),
        ({"name": "n" * 101}, "at most 100 characters"),
        ({"name": "a\x01b"}, "Use letters, figures and signs."),
    ],
)
@pytest.mark.parametrize("address", ["/settings", "/settings/preview"])
def test_what_can_not_be_is_said_and_changes_nothing(
    browser: Browser, account: Party, fields: dict[str, str], said: str, address: str
) -> None:
    response = browser.post(address, FORM | fields)

    assert (response.status_code, said in text_of(response)) == (200, True), text_of(response)
    assert stored(account) == ("Acme", "UTC")


def test_what_was_typed_is_kept(browser: Browser, account: Party) -> None:
    page = text_of(browser.post("/settings", {"name": "Acme & Sons", "time_zone": "Mars/Base"}))

    assert 'value="Acme &amp; Sons"' in page
    assert 'value="Mars/Base"' in page


def test_any_name_is_kept_and_shown(browser: Browser, account: Party) -> None:
    for name in (text[:100].strip() for text in naughty.BREAKOUTS):
        assert browser.post("/settings", {"name": name, "time_zone": "UTC"}).status_code == 302, name
        assert html.escape(Account.objects.get().name) in browser.get("/settings").content.decode()


def test_the_preview_tells_what_saving_does_and_saves_nothing(browser: Browser, account: Party, task: Task) -> None:
    # In between the clocks of New York change twice a year, those of UTC never.
    rows = [daily(account, task), daily(account, task, days_ago=183)]

    response: Any = browser.post("/settings/preview", {"name": "Acme", "time_zone": "America/New_York"})

    page = text_of(response)
    assert "From UTC to America/New_York" in page
    assert "Nothing is saved yet." in page
    assert stored(account) == ("Acme", "UTC")
    told = {move.account_task.pk: (move.then, move.difference) for move in response.context["moves"]}
    browser.post("/settings", {"name": "Acme", "time_zone": "America/New_York"})
    moved = 0
    for row in rows:
        before = row.next_run_at
        row.refresh_from_db()
        then, difference = told[row.pk]
        assert row.next_run_at is not None
        assert then == written(row.next_run_at, Account.objects.get().zone, account_settings.STYLE)
        assert (difference == "the same moment") == (row.next_run_at == before)
        moved += row.next_run_at != before
    assert moved == 1


def test_without_another_time_zone_there_is_nothing_to_preview(browser: Browser, account: Party, task: Task) -> None:
    daily(account, task)

    for response in (browser.get("/settings"), browser.post("/settings/preview", {"name": "B", "time_zone": "UTC"})):
        assert "The account is in UTC." in text_of(response)
        assert "Next run then" not in text_of(response)


def test_of_many_tasks_the_preview_shows_a_few_and_counts_the_others(
    browser: Browser, account: Party, neighbour: Party, task: Task
) -> None:
    for _ in range(account_settings.PREVIEWED + 2):
        daily(account, task)
    foreign = daily(neighbour, task)
    paused = daily(account, task)
    AccountTask.objects.filter(pk=paused.pk).update(is_enabled=False, next_run_at=None)

    response: Any = browser.post("/settings/preview", FORM)

    assert len(response.context["moves"]) == account_settings.PREVIEWED
    assert "2 more tasks have a next run" in text_of(response)
    assert str(foreign.pk) not in text_of(response)


def test_the_number_of_queries_does_not_depend_on_the_number_of_tasks(
    browser: Browser, account: Party, task: Task
) -> None:
    counts = []
    for number in (1, 8):
        for _ in range(number):
            daily(account, task)
        with CaptureQueriesContext(connection) as queries:
            browser.post("/settings/preview", FORM)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_ends_of_the_calendar_can_be_previewed(browser: Browser, account: Party, task: Task) -> None:
    last = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    once = Schedule(Frequency.NONE, last)
    factories.account_task(client=account.client, task=task, schedule=once, now=timezone.now())

    response = browser.post("/settings/preview", FORM)

    assert response.status_code == 200
    assert "UTC</td>" in text_of(response)


def test_a_new_signing_secret_is_shown_once(browser: Browser, account: Party) -> None:
    before, form = Account.objects.get().signing_secret, {"key": str(uuid4())}
    assert "until you retire that" in text_of(browser.get(ROTATE))

    response = browser.post(ROTATE, form)

    shown = re.search(r'<code id="secret">(.*?)</code>', response.content.decode())
    assert shown
    secret, changed = html.unescape(shown[1]), Account.objects.get()
    assert secrets.decrypt(changed.signing_secret) == secret
    assert changed.previous_signing_secret == before
    assert "no-store" in response["Cache-Control"]
    again = browser.post(ROTATE, form, follow=True)
    assert "You have sent this form before" in text_of(again)
    assert Account.objects.get().signing_secret == changed.signing_secret
    assert secret not in html.unescape(again.content.decode() + browser.get("/settings").content.decode())
    assert secret not in repr([*AuditEntry.objects.values(), *browser.cookies.values()])


@pytest.mark.parametrize("key", ["", "none"])
def test_a_form_without_its_key_makes_no_secret(browser: Browser, account: Party, key: str) -> None:
    before = Account.objects.get().signing_secret

    response = browser.post(ROTATE, {"key": key, "other": "x"})

    assert 'class="problem"' in text_of(response)
    assert Account.objects.get().signing_secret == before


def test_the_secret_before_is_retired_after_a_confirmation(browser: Browser, account: Party) -> None:
    assert "There is none" in text_of(browser.get(RETIRE))
    browser.post(ROTATE, {"key": str(uuid4())})
    current = Account.objects.get().signing_secret
    assert "Two secrets sign at present" in text_of(browser.get("/settings"))
    assert "ends at once" in text_of(browser.get(ROTATE))
    assert "will refuse calls" in text_of(browser.get(RETIRE))

    response = browser.post(RETIRE, follow=True)

    assert "alone signs" in text_of(response)
    changed = Account.objects.get()
    assert (changed.signing_secret, changed.previous_signing_secret) == (current, "")


def test_readers_see_the_settings_and_change_nothing(account: Party) -> None:
    User.objects.update(role=Role.READER)
    browser, before = signed_in(account.administrator), Account.objects.values().get()

    for address in ("/settings", ROTATE, RETIRE):
        page = text_of(browser.get(address))
        assert 'method="post" action="/settings' not in page
        assert 'class="main"' not in page
        assert browser.post(address, FORM | {"key": str(uuid4())}).status_code == 403
    assert browser.post("/settings/preview", FORM).status_code == 403
    assert "UTC" in text_of(browser.get("/settings"))
    assert Account.objects.values().get() == before


def test_an_address_alone_previews_nothing(browser: Browser) -> None:
    assert browser.get("/settings/preview").status_code == 405
