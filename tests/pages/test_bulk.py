"""Many account tasks at once, at the pages."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models.user import Role
from tasks_app import bulk
from tasks_app.models import AccountTask, BulkChange, Task, TaskRun
from tasks_app.models.bulk_change import Verb
from tasks_app.models.task_run import Trigger
from tests import factories
from tests.factories import NOW, Party
from tests.pages.browsing import signed_in, text_of

NEW = "/tasks/bulk/new"


@pytest.fixture
def rows(account: Party, task: Task) -> list[AccountTask]:
    return [factories.account_task(client=account.client, task=task, parameters_text=f'{{"a": {i}}}') for i in range(3)]


def asked(verb: Verb, rows: list[AccountTask], **others: Any) -> dict[str, Any]:
    return {"verb": verb.value, "id": [str(row.pk) for row in rows], "expected": len(rows), "key": uuid4()} | others


def of(party: Party, verb: Verb = Verb.PAUSE) -> BulkChange:
    return bulk.begin(account_tasks=AccountTask.objects.all(), verb=verb, expected=99, by=party.caller, now=NOW)


def test_first_it_says_what_will_happen_to_how_many(browser: Browser, rows: list[AccountTask], task: Task) -> None:
    task.name = "<b>bold</b>"
    task.save()

    response = browser.get(NEW, {"verb": "PAUSE", "id": [str(row.pk) for row in rows[:2]]})

    page = text_of(response)
    assert "Pause 2 tasks?" in page
    assert "None of their slots runs until somebody resumes them." in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>bold" not in page
    assert AccountTask.objects.filter(is_enabled=True).count() == 3


def test_the_page_leads_to_what_it_says(browser: Browser, rows: list[AccountTask]) -> None:
    response: Any = browser.get(NEW, {"verb": "PAUSE", "all": "true", "search": "2"})
    form = dict(response.context["form"].hidden) | {"expected": 1, "key": response.context["key"]}

    done = browser.post(NEW, form, follow=True)

    assert "1 of 1 done" in text_of(done)
    assert list(AccountTask.objects.filter(is_enabled=False)) == [rows[2]]


@pytest.mark.parametrize(
    ("verb", "said"), [(Verb.PAUSE, "Undo: resume 3 tasks"), (Verb.DELETE, "Undo: take back 3 tasks"), (Verb.RUN, "")]
)
def test_a_small_one_is_done_at_once_and_says_whether_there_is_a_way_back(
    browser: Browser, rows: list[AccountTask], verb: Verb, said: str
) -> None:
    response: Any = browser.post(NEW, asked(verb, rows), follow=True)

    page, change = text_of(response), BulkChange.objects.get()
    assert response.redirect_chain[0] == (f"/tasks/bulk/{change.pk}", 302)
    assert "3 of 3 done" in page
    assert "hx-trigger" not in page
    assert ("Undo:" in page, said in page) == (bool(said), True)
    assert TaskRun.objects.filter(trigger=Trigger.USER).count() == (3 if verb == Verb.RUN else 0)


def test_undo(browser: Browser, rows: list[AccountTask]) -> None:
    browser.post(NEW, asked(Verb.DELETE, rows))
    change = BulkChange.objects.get()

    page = text_of(browser.post(f"/tasks/bulk/{change.pk}/undo", follow=True))

    assert "Take back 3 tasks" in page
    assert f"/tasks/bulk/{change.pk}" in page
    assert AccountTask.objects.filter(deleted_at=None).count() == 3
    assert "It was undone" in text_of(browser.get(f"/tasks/bulk/{change.pk}"))
    assert "There is nothing to undo" in text_of(browser.post(f"/tasks/bulk/{change.pk}/undo", follow=True))


def test_a_form_that_is_sent_twice_is_done_once(browser: Browser, rows: list[AccountTask]) -> None:
    form = asked(Verb.DELETE, rows)

    addresses = [browser.post(NEW, form)["Location"] for _ in range(2)]

    assert addresses == [f"/tasks/bulk/{BulkChange.objects.get().pk}"] * 2


def test_more_than_were_shown_are_shown_again(browser: Browser, account: Party, task: Task) -> None:
    factories.account_task(client=account.client, task=task)
    form = {"verb": "DELETE", "all": "true", "status": "PENDING", "expected": 0, "key": uuid4()}

    response: Any = browser.post(NEW, form, follow=True)

    assert response.redirect_chain == [(f"{NEW}?verb=DELETE&all=true&status=PENDING", 302)]
    assert "More tasks match by now" in text_of(response)
    assert not BulkChange.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"verb": "EXPLODE"},
        {"verb": "RESTORE", "all": "true"},
        {"verb": "DELETE"},
        {"verb": "DELETE", "id": "nonsense"},
        {"verb": "DELETE", "id": "\x00"},
        {"verb": "DELETE", "all": "true", "status": "BLUE"},
        {"verb": "DELETE", "all": "true", "search": "\x00"},
        {"verb": "DELETE", "all": "true", "key": "nonsense"},
        {"verb": "DELETE", "all": "true", "expected": "9" * 5_000},
        {"verb": "DELETE", "id": [uuid4() for _ in range(501)]},
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_makes_no_sense_changes_nothing(
    browser: Browser, rows: list[AccountTask], wrong: dict[str, Any], method: str
) -> None:
    response: Any = getattr(browser, method)(NEW, wrong, follow=True)

    assert response.redirect_chain[-1][0] == "/tasks"
    assert 'role="status"' in text_of(response)
    assert not BulkChange.objects.exists()


def test_what_is_foreign_is_not_chosen(browser: Browser, neighbour: Party, rows: list[AccountTask], task: Task) -> None:
    foreign = factories.account_task(client=neighbour.client, task=task)

    browser.post(NEW, asked(Verb.DELETE, [foreign, rows[0]]))
    alone = browser.post(NEW, asked(Verb.DELETE, [foreign]), follow=True)

    foreign.refresh_from_db()
    assert foreign.deleted_at is None
    assert BulkChange.objects.get().size == 1
    assert "None of the chosen tasks is there any more" in text_of(alone)


def test_a_large_one_shows_how_far_it_is_until_it_is_stopped(
    browser: Browser, account: Party, rows: list[AccountTask]
) -> None:
    change = of(account)
    bulk.step(change, now=NOW, limit=1)

    page = text_of(browser.get(f"/tasks/bulk/{change.pk}"))
    assert '<progress id="progress" value="1" max="3">' in page
    assert 'hx-trigger="every 2s"' in page
    stopped = text_of(browser.post(f"/tasks/bulk/{change.pk}/stop", follow=True))
    assert "Stopped by ann@acme.example." in stopped
    assert "hx-trigger" not in stopped
    assert "finished already" in text_of(browser.post(f"/tasks/bulk/{change.pk}/stop", follow=True))


def test_what_was_refused_and_why(browser: Browser, rows: list[AccountTask], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks_app.pages.bulk.SAID", 2)
    for row in rows:
        factories.run(row)

    page = text_of(browser.post(NEW, asked(Verb.RUN, rows), follow=True))

    assert page.count("A run of this account task is going on") == 2
    assert "The first 2 of 3." in page


def test_the_list_of_bulk_changes_is_that_of_the_account(
    browser: Browser, account: Party, neighbour: Party, rows: list[AccountTask], task: Task
) -> None:
    assert "Nothing was done to many tasks at once yet." in text_of(browser.get("/tasks/bulk"))
    factories.account_task(client=neighbour.client, task=task)
    own, foreign = of(account), of(neighbour)

    page = text_of(browser.get("/tasks/bulk"))

    assert f"/tasks/bulk/{own.pk}" in page
    assert str(foreign.pk) not in page
    for address in (f"/tasks/bulk/{foreign.pk}", f"/tasks/bulk/{uuid4()}"):
        assert browser.get(address).status_code == 404
        for verb in ("stop", "undo"):
            assert browser.post(f"{address}/{verb}").status_code == 404


@pytest.mark.parametrize("address", ["/tasks/bulk", f"{NEW}?verb=PAUSE&all=true", "/tasks/bulk/<id>"])
def test_the_number_of_queries_does_not_grow(
    browser: Browser, account: Party, rows: list[AccountTask], task: Task, address: str
) -> None:
    numbers = []
    for _ in range(2):
        for row in AccountTask.objects.all():
            factories.run(row)
        change = of(account, Verb.RUN)
        bulk.step(change, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address.replace("<id>", str(change.pk))).status_code == 200
        numbers.append(len(queries))
        for _ in range(5):
            factories.account_task(client=account.client, task=task)

    assert numbers[0] == numbers[1]


def test_readers_see_and_change_nothing(account: Party, rows: list[AccountTask]) -> None:
    reader = signed_in(factories.user(account=account.account, role=Role.READER))
    change = of(account)

    page = text_of(reader.get(f"/tasks/bulk/{change.pk}"))

    assert "Stop" not in page
    assert reader.get("/tasks/bulk").status_code == 200
    for address in (NEW, f"/tasks/bulk/{change.pk}/stop", f"/tasks/bulk/{change.pk}/undo"):
        assert reader.post(address, asked(Verb.DELETE, rows)).status_code == 403
    assert BulkChange.objects.get().finished_at is None


@pytest.mark.parametrize("verb", ["stop", "undo"])
def test_an_address_alone_changes_nothing(browser: Browser, account: Party, rows: list[AccountTask], verb: str) -> None:
    assert browser.get(f"/tasks/bulk/{of(account).pk}/{verb}").status_code == 405
