"""Operators look at the pages of an account as readers of it, and at what belongs to it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models import Account, AuditEntry, Client, User
from clients_app.models.user import Role
from tasks_app import masking
from tasks_app.admin import accounts
from tasks_app.models import AccountTask, Task, TaskRun
from tests import factories
from tests.acceptance.pages import MORE, OF_MEMBERS
from tests.admin.forms import url
from tests.factories import NOW, PASSWORD, Party
from tests.pages.browsing import signed_in, text_of
from tests.test_every_url import OF_THE_PAGES, address_of

OWN = {"/password", "/profile", "/second-factor", "/sessions"}  # of whoever has signed in, whatever is looked at
BANNER = "You look at Acme as an operator; nothing can be changed."


def look(browser: Browser, account: Party) -> Any:
    return browser.post(f"/admin/clients_app/account/{account.account.pk}/look")


def test_an_operator_sees_what_a_reader_sees_and_the_trail_says_so(
    browser: Browser, operator: User, account: Party, task: Task
) -> None:
    row = factories.account_task(client=account.client, task=task)

    response = look(browser, account)

    assert (response.status_code, response["Location"]) == (302, "/tasks")
    for address in ("/tasks", f"/tasks/{row.pk}"):
        page = text_of(browser.get(address))
        assert BANNER in page
        assert "operator@example.org, Acme" in page
        assert "Run now" not in page
    entry = AuditEntry.objects.get(action="account looked at")
    assert (entry.account, entry.user, entry.row_id) == (account.account, operator, account.account.pk)


def test_the_operator_stays_an_operator(browser: Browser, operator: User, account: Party) -> None:
    look(browser, account)
    browser.get("/tasks")

    row = User.objects.get(pk=operator.pk)
    assert (row.account, row.role, row.is_staff) == (None, Role.ADMINISTRATOR, True)
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/help").status_code == 200


def test_nothing_can_be_changed(browser: Browser, account: Party, task: Task) -> None:
    row = factories.account_task(client=account.client, task=task)
    run = factories.run(row)
    look(browser, account)
    before = AuditEntry.objects.count()

    for address in ("run", "pause", "resume", "delete", "restore"):
        response = browser.post(f"/tasks/{row.pk}/{address}")
        assert response.status_code == 403
        assert BANNER in text_of(response)
    assert browser.post(f"/runs/{run.pk}/cancel").status_code == 403
    assert browser.generic("DELETE", "/tasks").status_code == 403

    row.refresh_from_db()
    assert (row.is_enabled, row.deleted_at, row.runs.count()) == (True, None, 1)
    assert AuditEntry.objects.count() == before


def test_an_export_shows_an_operator_no_secrets(browser: Browser, account: Party, task: Task) -> None:
    factories.account_task(client=account.client, task=task, parameters_text='{"Token": "hunter2"}')
    look(browser, account)

    response: Any = browser.get("/tasks/export.csv")
    table = b"".join(response.streaming_content).decode()

    assert masking.MASK in table
    assert "hunter2" not in table


@pytest.mark.parametrize("pattern", OF_THE_PAGES)
def test_no_form_of_any_page_is_taken(browser: Browser, account: Party, pattern: str) -> None:
    look(browser, account)

    assert browser.post(address_of(pattern)).status_code == 403


def test_every_page_opens_as_it_does_for_a_reader(browser: Browser, account: Party, task: Task) -> None:
    row = factories.account_task(client=account.client, task=task)
    ids = {"account_task": row, "failing": row, "task": task, "run": factories.run(row), "client": account.client}
    ids |= {"user": account.administrator, "bulk_change": task, "notification": task}
    reader = signed_in(factories.user(account=account.account, role=Role.READER))
    look(browser, account)

    for address in (OF_MEMBERS | MORE).values():
        address = address.format(**{name: row.pk for name, row in ids.items()})
        response = browser.get(address)
        assert response.status_code == reader.get(address).status_code, address
        if response.status_code == 200 and address not in OWN:
            assert BANNER in text_of(response), address


def test_only_the_account_that_is_looked_at_is_seen(
    browser: Browser, account: Party, neighbour: Party, task: Task
) -> None:
    foreign = factories.account_task(client=neighbour.client, task=task)
    look(browser, account)

    assert browser.get(f"/tasks/{foreign.pk}").status_code == 404
    look(browser, neighbour)
    assert browser.get(f"/tasks/{foreign.pk}").status_code == 200


def test_an_account_that_is_switched_off_can_be_looked_at(browser: Browser, account: Party) -> None:
    Account.objects.update(is_enabled=False)

    look(browser, account)

    page = text_of(browser.get("/tasks"))
    assert BANNER in page
    assert "The account is switched off." in page


def test_leaving_ends_it(browser: Browser, account: Party) -> None:
    look(browser, account)

    assert browser.get("/leave").status_code == 405
    response: Any = browser.post("/leave")

    assert response["Location"] == url(Account, "change", account.account.pk)
    assert browser.get("/tasks")["Location"] == "/admin/"
    again: Any = browser.post("/leave")
    assert again["Location"] == "/"


def test_signing_out_ends_it(browser: Browser, operator: User, account: Party) -> None:
    look(browser, account)
    browser.post("/sign-out")

    browser.post("/sign-in", {"username": operator.email, "password": PASSWORD})

    assert browser.get("/tasks")["Location"] == "/admin/"


def test_only_operators_look_and_only_by_a_form(browser: Browser, account: Party, neighbour: Party) -> None:
    address = f"/admin/clients_app/account/{neighbour.account.pk}/look"
    member = signed_in(account.administrator)

    assert browser.get(address).status_code == 405
    assert member.post(address).status_code == 302
    assert Browser().post(address).status_code == 302
    assert "Neighbour" not in text_of(member.get("/tasks"))
    assert not AuditEntry.objects.filter(action="account looked at").exists()


def test_a_session_of_somebody_else_does_not_look(account: Party, neighbour: Party) -> None:
    member = signed_in(account.administrator)
    session = member.session
    session["looks_at"] = str(neighbour.account.pk)
    session.save()

    page = text_of(member.get("/tasks"))

    assert "ann@acme.example, Acme" in page
    assert "as an operator" not in page


def test_an_account_that_is_not_there(browser: Browser, account: Party) -> None:
    assert browser.post(f"/admin/clients_app/account/{account.client.pk}/look").status_code == 404

    session = browser.session
    session["looks_at"] = str(account.client.pk)
    session.save()
    assert browser.get("/tasks")["Location"] == "/admin/"


def test_the_operators_own_password_can_be_changed_meanwhile(browser: Browser, operator: User, account: Party) -> None:
    look(browser, account)
    new = "a quite different phrase"

    page = text_of(browser.get("/password"))
    assert "as an operator" not in page
    assert "operator@example.org, operator" in page
    assert '<a href="/admin/">Admin site</a>' in page
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert browser.post("/password", form).status_code == 302

    operator.refresh_from_db()
    assert operator.check_password(new)
    assert operator.account is None


def test_the_admin_site_leads_to_the_pages_while_one_looks(
    browser: Browser, account: Party, neighbour: Party, task: Task
) -> None:
    row = factories.account_task(client=account.client, task=task)
    foreign = factories.account_task(client=neighbour.client, task=task)
    run = factories.run(row)
    link = f'href="/tasks/{row.pk}"'
    assert link not in text_of(browser.get(url(AccountTask, "change", row.pk)))

    look(browser, account)

    assert link in text_of(browser.get(url(AccountTask, "change", row.pk)))
    assert f'href="/tasks/{foreign.pk}"' not in text_of(browser.get(url(AccountTask, "change", foreign.pk)))
    assert browser.get(url(TaskRun, "change", run.pk)).status_code == 200
    AccountTask.objects.update(deleted_at=NOW, next_run_at=None)
    assert link not in text_of(browser.get(url(AccountTask, "change", row.pk)))


def test_the_page_of_an_account_counts_what_belongs_to_it_and_leads_there(
    browser: Browser, account: Party, neighbour: Party, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        factories.run(factories.account_task(client=account.client, task=task))
    factories.run(factories.account_task(client=neighbour.client, task=task))
    deleted = factories.account_task(client=account.client, task=task)
    AccountTask.objects.filter(pk=deleted.pk).update(deleted_at=NOW, next_run_at=None)

    response: Any = browser.get(url(Account, "change", account.account.pk))

    found = {one.name: one for one in response.context["belongings"]}
    assert {name: one.count for name, one in found.items() if name != "Audit entries"} == {
        "Account tasks": "2", "Deleted account tasks": "1", "Runs": "2", "Clients": "1", "Users": "1",
        "Notifications": "0",
    }  # fmt: skip
    for one in found.values():
        listed: Any = browser.get(one.address)
        assert f'<a href="{one.address.replace("&", "&amp;")}">' in response.content.decode()
        assert str(listed.context["cl"].result_count) == one.count, one.name
    monkeypatch.setattr(accounts, "MOST_COUNTED", 1)
    again: Any = browser.get(url(Account, "change", account.account.pk))
    assert again.context["belongings"][0].count == "more than 1"


def test_the_page_of_an_account_costs_the_same_however_much_belongs_to_it(
    browser: Browser, account: Party, task: Task
) -> None:
    counts = []
    browser.get(url(Account, "change", account.account.pk))  # what is cached is cached from now on
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            browser.get(url(Account, "change", account.account.pk))
        counts.append(len(queries))
        for _ in range(4):
            factories.run(factories.account_task(client=account.client, task=task))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("value", ["x", "01a21160-2ada-7033-b2a2-2bd5abc5f213", "\x00"])
def test_a_filter_by_no_account_finds_nothing(browser: Browser, account: Party, value: str) -> None:
    response: Any = browser.get(url(Client, "changelist"), {"of_account": value})

    assert response.status_code == 200
    assert response.context["cl"].result_count == 0
