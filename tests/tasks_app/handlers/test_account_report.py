"""account_report: an overview of the own account, with a table that is safe to open."""

import csv
import io
from datetime import timedelta

from django.core import mail as outbox

from clients_app.models import Account
from tasks_app import clock
from tasks_app.models import AccountTask
from tasks_app.models.task_run import State
from tests import factories
from tests.factories import Party
from tests.tasks_app.handlers.conftest import Run

ANN = "ann@acme.example"
DAY = timedelta(days=1)


def table() -> list[list[str]]:
    [message] = outbox.outbox
    [(name, content, media_type)] = message.attachments
    assert (name, media_type) == ("runs.csv", "text/csv")
    return list(csv.reader(io.StringIO(str(content))))


def test_it_tells_of_tasks_and_runs(perform: Run, account_task: AccountTask) -> None:
    now = clock.now()
    factories.run(account_task, state=State.SUCCEEDED, now=now - DAY, summary="Fine.")
    factories.run(account_task, state=State.FAILED, now=now - 2 * DAY, summary="Answered 404.")
    factories.run(account_task, state=State.FAILED, now=now - 8 * DAY)

    summary, _ = perform("account_report", To=[ANN])

    [message] = outbox.outbox
    assert summary == "Sent to ann@acme.example: 2 runs of 7 days."
    assert message.subject == "Account Tasks: Acme, the last 7 days"
    assert "  Succeeded  1\n" in message.body
    assert "  Failed     1\n" in message.body
    assert "The task, daily" in message.body
    assert [row[8] for row in table()] == ["Summary", "Fine.", "Answered 404."]


def test_times_are_those_of_the_account(perform: Run, account_task: AccountTask) -> None:
    Account.objects.update(time_zone="Asia/Tokyo")
    account_task.account.refresh_from_db()
    factories.run(account_task, state=State.SUCCEEDED, now=clock.now(), due_at=clock.now())

    perform("account_report", To=[ANN], Days=1)

    assert table()[1][2].endswith("+09:00")
    assert "times in Asia/Tokyo" in outbox.outbox[0].body


def test_other_accounts_are_not_in_it(perform: Run, neighbour: Party) -> None:
    other = factories.account_task(client=neighbour.client, task=factories.task(name="Foreign"), now=clock.now())
    factories.run(other, state=State.SUCCEEDED, now=clock.now())

    perform("account_report", To=[ANN], Days=7)

    assert len(table()) == 1
    assert "Foreign" not in outbox.outbox[0].body


def test_no_cell_is_a_formula(perform: Run, account_task: AccountTask) -> None:
    for text in ("=1+1", "+1", "-1", "@a", "\t=1"):
        factories.run(account_task, state=State.FAILED, now=clock.now(), summary=text)

    perform("account_report", To=[ANN])

    assert {row[8][0] for row in table()[1:]} == {"'"}


def test_an_account_without_runs_gets_a_report_too(perform: Run) -> None:
    perform("account_report", To=[ANN], Days=30)

    assert "Runs\n  none\n" in outbox.outbox[0].body
