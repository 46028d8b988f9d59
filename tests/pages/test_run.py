"""The page of one run: what became of it, its attempts, and what can be done with it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients_app.models import User
from clients_app.models.user import Role
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import SCHEDULER, Outcome, State, Trigger
from tasks_app.pages import runs
from tests import factories
from tests.factories import NOW, Party
from tests.pages.browsing import signed_in, text_of

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def account_task(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


def attempted(run: TaskRun, number: int = 1, **fields: Any) -> None:
    known = {"worker": "host:7", "started_at": NOW, "finished_at": NOW + 5 * SECOND, "outcome": Outcome.TRY_AGAIN}
    run.tries.create(number=number, **known | fields)


def test_the_page_tells_all_of_a_run(browser: Browser, account_task: AccountTask) -> None:
    first = factories.run(account_task, state=State.FAILED)
    moments = {"started_at": NOW + SECOND, "finished_at": NOW + 66 * SECOND}
    run = factories.run(
        account_task, state=State.FAILED, trigger=Trigger.RETRY, retry_of=first, summary="It <b>broke</b>.", **moments
    )
    again = factories.run(account_task, state=State.SUCCEEDED, retry_of=run)
    attempted(run, summary="<i>No</i>", log="<script>alert(1)</script>")

    page = text_of(browser.get(f"/runs/{run.pk}"))

    for said in (
        "A task", "Failed", "It &lt;b&gt;broke&lt;/b&gt;.", "Retry", "ann@acme.example", "after 1 s",
        "it took 1 min 5 s",
        "host:7", "5 s", "To be tried again", "&lt;i&gt;No&lt;/i&gt;", "&lt;script&gt;alert(1)", f"/runs/{first.pk}",
        f"/runs/{again.pk}", f"/tasks/{account_task.pk}", "As they are now",
    ):  # fmt: skip
        assert said in page, said
    assert "<script>alert" not in page
    assert f"/runs/{run.pk}" in text_of(browser.get(f"/tasks/{account_task.pk}"))


def test_a_skip_tells_its_slots(browser: Browser, account_task: AccountTask) -> None:
    span: dict[str, Any] = {"first_due_at": NOW, "due_at": NOW + 2 * MINUTE, "slots": 3}
    run = factories.run(
        account_task, state=State.SKIPPED, trigger=Trigger.SCHEDULE, asked_by=SCHEDULER, summary="It was down.", **span
    )

    page = text_of(browser.get(f"/runs/{run.pk}"))

    for said in ("It was down.", "3: the first", "1 Mar 2026 12:00:00", "1 Mar 2026 12:02:00", "the slot was skipped"):
        assert said in page, said


def test_secrets_in_the_parameters_are_left_out(browser: Browser, account: Party, task: Task) -> None:
    text = '{"Headers": {"Authorization": "Bearer abcdef123"}, "Url": "https://example.org/"}'
    row = factories.account_task(client=account.client, task=task, parameters_text=text)

    for address in (f"/runs/{factories.run(row).pk}", f"/tasks/{row.pk}", "/tasks"):
        page = text_of(browser.get(address))
        assert "abcdef123" not in page
        assert "•••" in page
        assert "https://example.org/" in page


def test_a_long_log_shows_its_beginning_and_folds_the_rest(browser: Browser, account_task: AccountTask) -> None:
    run = factories.run(account_task, state=State.SUCCEEDED)
    attempted(run, 1, log="\n".join(f"line {number}" for number in range(1, 101)))
    attempted(run, 2, log="x" * 5_000)
    attempted(run, 3, log="short")

    page = browser.get(f"/runs/{run.pk}").content.decode()

    shown, folded = page.split('<details id="log-1"')[0], page.split('<details id="log-1"')[1]
    assert "line 10\n</code>" in shown
    assert "line 11" not in shown
    assert "line 100" in folded
    assert f"<code>{'x' * runs.CHARACTERS}</code>" in page
    assert 'id="log-3"' not in page


def test_only_the_latest_attempts_are_shown(browser: Browser, account_task: AccountTask) -> None:
    run = factories.run(account_task)
    for number in range(1, runs.ATTEMPTS + 2):
        attempted(run, number, summary=f"Try {number}.")

    page = text_of(browser.get(f"/runs/{run.pk}"))

    assert "There were earlier ones" in page
    assert "Try 21." in page
    assert "Try 1." not in page


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.SUCCEEDED, State.SKIPPED, State.CANCELLED])
def test_the_page_is_live_until_the_run_is_finished(browser: Browser, account_task: AccountTask, state: State) -> None:
    run = factories.run(account_task, state=state)

    page = text_of(browser.get(f"/runs/{run.pk}"))

    is_finished = state not in (State.QUEUED, State.RUNNING)
    assert ("hx-trigger" in page) != is_finished
    assert (f'action="/runs/{run.pk}/again"' in page) == is_finished
    assert (f'action="/runs/{run.pk}/cancel"' in page) != is_finished


def test_run_again_leads_to_the_new_run(browser: Browser, account_task: AccountTask) -> None:
    run = factories.run(account_task, state=State.FAILED)

    response: Any = browser.post(f"/runs/{run.pk}/again", follow=True)

    new = run.retries.get()
    assert response.redirect_chain == [(f"/runs/{new.pk}", 302)]
    assert "This is the new run." in text_of(response)
    assert (new.trigger, new.asked_by, new.state) == (Trigger.RETRY, "ann@acme.example", State.QUEUED)
    refused = browser.post(f"/runs/{run.pk}/again", follow=True)
    assert "A run of this account task is going on" in text_of(refused)
    assert "is not finished yet" in text_of(browser.post(f"/runs/{new.pk}/again", follow=True))
    assert run.retries.count() == 1


def test_cancel_leads_back_to_the_run(browser: Browser, account_task: AccountTask) -> None:
    run = factories.run(account_task)

    response: Any = browser.post(f"/runs/{run.pk}/cancel", follow=True)

    assert response.redirect_chain == [(f"/runs/{run.pk}", 302)]
    assert "Cancelled by ann@acme.example." in text_of(response)
    assert "The run is finished already." in text_of(browser.post(f"/runs/{run.pk}/cancel", follow=True))


def test_a_running_one_says_that_it_was_asked_to_stop(browser: Browser, account_task: AccountTask) -> None:
    run = factories.run(account_task, state=State.RUNNING)

    page = text_of(browser.post(f"/runs/{run.pk}/cancel", follow=True))

    assert "It was asked to stop" in page
    assert "Ask again to stop" in page


def test_what_is_foreign_deleted_or_absent_is_not_there(
    browser: Browser, account_task: AccountTask, neighbour: Party, task: Task
) -> None:
    foreign = factories.run(factories.account_task(client=neighbour.client, task=task))
    deleted = factories.run(account_task)
    AccountTask.objects.filter(pk=account_task.pk).update(deleted_at=NOW, next_run_at=None)

    for key in (foreign.pk, deleted.pk, uuid4()):
        assert browser.get(f"/runs/{key}").status_code == 404
        for verb in ("cancel", "again"):
            assert browser.post(f"/runs/{key}/{verb}").status_code == 404
    assert set(TaskRun.objects.values_list("state", flat=True)) == {State.QUEUED}


def test_readers_see_and_do_nothing(account: Party, account_task: AccountTask) -> None:
    User.objects.update(role=Role.READER)
    browser, run = signed_in(account.administrator), factories.run(account_task)

    assert "<button id=" not in text_of(browser.get(f"/runs/{run.pk}"))
    for verb in ("cancel", "again"):
        assert browser.post(f"/runs/{run.pk}/{verb}").status_code == 403


@pytest.mark.parametrize("verb", ["cancel", "again"])
def test_an_address_alone_changes_nothing(browser: Browser, account_task: AccountTask, verb: str) -> None:
    assert browser.get(f"/runs/{factories.run(account_task).pk}/{verb}").status_code == 405


def test_the_number_of_queries_does_not_depend_on_the_number_of_attempts(
    browser: Browser, account_task: AccountTask
) -> None:
    run = factories.run(account_task, state=State.FAILED)
    counts = []
    for number in (1, 2, 3):
        attempted(run, number)
        factories.run(account_task, state=State.FAILED, retry_of=run)
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"/runs/{run.pk}")
        counts.append(len(queries))

    assert len(set(counts)) == 1
