"""The inbox: one's own notifications, which of them are unread, and how many in the navigation."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models import User
from clients_app.models.user import Role
from clients_app.pages import lists
from tasks_app.models import AccountTask, Notification, Task, TaskRun
from tasks_app.models.task_run import State
from tasks_app.pages import inbox
from tests import factories
from tests.factories import NOW, Party
from tests.pages.browsing import signed_in, text_of

MINUTE = timedelta(minutes=1)


@pytest.fixture
def account_task(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


def told(account_task: AccountTask, *, user: User | None = None, **fields: Any) -> Notification:
    known: dict[str, Any] = {"subject": "A task failed", "text": "Answered 500.\n", "created_at": NOW}
    return Notification.objects.create(
        account=account_task.account, user=user or account_task.client.user, account_task=account_task, **known | fields
    )


def read_at(notification: Notification) -> datetime | None:
    return Notification.objects.get(pk=notification.pk).read_at


def test_an_empty_inbox_says_how_it_fills(browser: Browser) -> None:
    assert "There is nothing yet." in text_of(browser.get("/inbox"))


def test_the_inbox_is_ones_own(
    browser: Browser, account_task: AccountTask, account: Party, neighbour: Party, task: Task
) -> None:
    own = told(account_task)
    colleague = told(account_task, user=factories.user(account=account.account))
    foreign = told(factories.account_task(client=neighbour.client, task=task))

    page = text_of(browser.get("/inbox"))

    assert f"/inbox/{own.pk}" in page
    for other in (colleague, foreign):
        assert str(other.pk) not in page
        assert browser.get(f"/inbox/{other.pk}").status_code == 404
        assert read_at(other) is None
    assert browser.get(f"/inbox/{uuid4()}").status_code == 404


def test_the_newest_come_first_page_by_page(browser: Browser, account_task: AccountTask) -> None:
    rows = [told(account_task, created_at=NOW + number * MINUTE) for number in range(lists.ON_A_PAGE + 1)]

    first: Any = browser.get("/inbox?unread")
    second: Any = browser.get("/inbox" + first.context["page"].next)

    assert [*first.context["page"].rows, *second.context["page"].rows] == rows[::-1]
    assert second.context["is_unread"]
    assert "here is the first one" in text_of(browser.get("/inbox?cursor=nonsense", follow=True))


def test_to_open_one_is_to_read_it(browser: Browser, account_task: AccountTask) -> None:
    run = factories.run(account_task, state=State.FAILED)
    row = told(account_task, run=run, subject="<b>Failed</b>", text="<i>Why</i>\n")
    assert "Unread</span>" in text_of(browser.get("/inbox"))

    page = text_of(browser.get(f"/inbox/{row.pk}"))

    assert "&lt;b&gt;Failed&lt;/b&gt;" in page
    assert "&lt;i&gt;Why&lt;/i&gt;" in page
    assert f'href="/runs/{run.pk}"' in page
    assert f'href="/tasks/{account_task.pk}"' in page
    first = read_at(row)
    assert first is not None
    assert "Unread</span>" not in text_of(browser.get("/inbox"))
    browser.get(f"/inbox/{row.pk}")
    assert read_at(row) == first


def test_what_was_purged_or_deleted_is_said(browser: Browser, account_task: AccountTask) -> None:
    row = told(account_task)

    assert "its history was purged" in text_of(browser.get(f"/inbox/{row.pk}"))
    AccountTask.objects.update(deleted_at=NOW, next_run_at=None)
    for address in ("/inbox", f"/inbox/{row.pk}"):
        page = text_of(browser.get(address))
        assert "deleted" in page
        assert f"/tasks/{account_task.pk}" not in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mail_at": NOW}, "On its way"),
        ({"mailed_at": NOW}, "Sent"),
        ({"mail_at": NOW, "mail_problem": "The mail server can't be reached."}, "reached. It is tried again"),
        ({"mail_problem": "The mail server answered 550."}, "Not sent: The mail server answered 550."),
    ],
)
def test_what_became_of_the_mail(
    browser: Browser, account_task: AccountTask, fields: dict[str, Any], said: str
) -> None:
    row = told(account_task, **fields)

    for address in ("/inbox", f"/inbox/{row.pk}"):
        assert said in text_of(browser.get(address)).replace("&#x27;", "'")


def test_all_are_marked_as_read_and_that_is_taken_back(
    browser: Browser, account_task: AccountTask, account: Party
) -> None:
    unread = [told(account_task), told(account_task)]
    long_read = told(account_task, read_at=NOW)
    colleagues = told(account_task, user=factories.user(account=account.account))

    response: Any = browser.post("/inbox/read", follow=True)

    assert "All are marked as read." in text_of(response)
    assert all(map(read_at, unread))
    assert read_at(colleagues) is None
    assert "You have read everything." in text_of(browser.get("/inbox?unread"))

    undone = browser.post("/inbox/unread", {"undo": response.context["undo"].isoformat()}, follow=True)

    assert "Unread again: 2." in text_of(undone)
    assert [read_at(row) for row in unread] == [None, None]
    assert read_at(long_read) == NOW
    response = browser.post("/inbox/read", follow=True)
    assert len(response.redirect_chain) == 1


@pytest.mark.parametrize(
    "undo", ["", "x", "\x00", "2026-03-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_a_moment_that_never_was_takes_nothing_back(browser: Browser, account_task: AccountTask, undo: str) -> None:
    row = told(account_task, read_at=NOW)

    assert browser.get("/inbox", {"undo": undo}).status_code == 200
    assert "Unread again: 0." in text_of(browser.post("/inbox/unread", {"undo": undo}, follow=True))
    assert read_at(row) == NOW


def test_the_navigation_counts_what_is_unread(browser: Browser, account_task: AccountTask) -> None:
    assert "unread</span>" not in text_of(browser.get("/tasks"))

    told(account_task, read_at=NOW)
    rows = [told(account_task) for _ in range(3)]

    assert '<span class="count">3</span><span class="unseen"> unread</span>' in text_of(browser.get("/tasks"))
    assert '<span class="count">2</span><span class="unseen"> unread</span>' in text_of(
        browser.get(f"/inbox/{rows[0].pk}")
    )
    for _ in range(inbox.COUNTED):
        told(account_task)
    assert '<span class="count">99+</span><span class="unseen"> unread</span>' in text_of(browser.get("/tasks"))


def test_the_count_is_one_query_and_only_where_it_is_shown(browser: Browser, account_task: AccountTask) -> None:
    told(account_task)

    def counted(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(address)
        return sum("tasks_app_notification" in query["sql"] for query in queries)

    assert [counted(address) for address in ("/tasks", "/help", "/nothing")] == [1, 0, 0]


def test_operators_and_strangers_have_no_count(db: None) -> None:
    assert signed_in(factories.user(account=None)).get("/admin/").status_code == 200
    assert Browser().get("/sign-in").status_code == 200


def test_readers_read_and_send_no_form(account: Party, account_task: AccountTask) -> None:
    User.objects.update(role=Role.READER)
    browser, row = signed_in(account.administrator), told(account_task)

    assert "Mark all as read" not in text_of(browser.get("/inbox"))
    assert browser.post("/inbox/read").status_code == 403
    assert browser.post("/inbox/unread").status_code == 403
    assert read_at(row) is None
    browser.get(f"/inbox/{row.pk}")
    assert read_at(row) is not None


@pytest.mark.parametrize("verb", ["read", "unread"])
def test_an_address_alone_marks_nothing(browser: Browser, verb: str) -> None:
    assert browser.get(f"/inbox/{verb}").status_code == 405


def test_the_number_of_queries_does_not_depend_on_the_number_of_notifications(
    browser: Browser, account: Party, task: Task
) -> None:
    counts = []
    for number in (1, 10):
        for _ in range(number):
            row = factories.account_task(client=account.client, task=task)
            told(row, run=factories.run(row, state=State.FAILED))
        with CaptureQueriesContext(connection) as queries:
            browser.get("/inbox")
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert TaskRun.objects.count() == 11
