"""The choice of the task that is to be registered."""

from uuid import UUID

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models import Client
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.factories import Party
from tests.pages.browsing import text_of
from tests.pages.test_registering import filled


def test_the_catalogue_is_chosen_from_with_descriptions(browser: Browser, call: Task) -> None:
    Task.objects.filter(pk=call.pk).update(description="Sends <b>a</b> request.")
    off = factories.task(name="Switched off")
    Task.objects.filter(pk=off.pk).update(is_enabled=False)

    page = text_of(browser.get("/tasks/new"))

    assert f"/tasks/new?task={call.pk}" in page
    assert "Sends &lt;b&gt;a&lt;/b&gt; request." in page
    assert "Switched off" not in page
    assert 'role="search"' not in page


def test_an_empty_catalogue_says_so(browser: Browser) -> None:
    assert "The catalogue is empty" in text_of(browser.get("/tasks/new"))


def test_a_long_catalogue_is_searched(browser: Browser) -> None:
    for number in range(21):
        factories.task(name=f"Task {number:02}")
    with CaptureQueriesContext(connection) as queries:
        assert 'role="search"' in text_of(browser.get("/tasks/new"))

    page = text_of(browser.get("/tasks/new?search=K+07"))

    assert "Task 07" in page
    assert "Task 08" not in page
    assert "No task is called like that." in text_of(browser.get("/tasks/new?search=%00nothing"))
    assert len(queries) <= 5


@pytest.mark.parametrize("asked", ["", "nonsense", str(UUID(int=7)), "%00"])
def test_a_task_that_is_not_there_leads_back_to_the_choice(browser: Browser, call: Task, asked: str) -> None:
    for response in (browser.get(f"/tasks/new?task={asked}"), browser.post(f"/tasks/new?task={asked}", {"x": "y"})):
        assert "That task is not in the catalogue" in text_of(response)


def test_without_a_client_it_leads_to_making_one(browser: Browser, account: Party, call: Task) -> None:
    row = factories.account_task(client=account.client, task=call, parameters_text='{"Url": "https://a.example"}')
    Client.objects.update(revoked_at=row.created_at)

    for address in ("/tasks/new", f"/tasks/new?task={call.pk}", f"/tasks/{row.pk}/duplicate"):
        for response in (browser.get(address), browser.post(address, filled(account))):
            assert 'href="/clients/new"' in text_of(response)
    assert AccountTask.objects.count() == 1
