"""account_report: mails an overview of the account's tasks and runs, with a CSV of the runs attached."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.template.loader import render_to_string

from clients_app.models import Account
from tasks_app import cells, tables
from tasks_app.handlers import email_message
from tasks_app.handlers.registry import Handler, Work
from tasks_app.models import AccountTask, TaskRun
from tasks_app.models.task_run import State

DAYS = 7
MOST_ROWS = 10_000  # of the CSV; the newest
COLUMNS = ("Task", "ID", "Slot", "Trigger", "State", "Started", "Finished", "Attempts", "Summary")
SCHEMA = {
    "type": "object",
    "properties": {
        "To": email_message.TO,
        "Days": {
            "description": "How many days it looks back; 7 if nothing is given.",
            "type": "integer",
            "minimum": 1,
            "maximum": 366,
        },
    },
    "required": ["To"],
    "additionalProperties": False,
}


def run(values: dict[str, Any], work: Work) -> str:
    """Of the last 7 days, unless Days says otherwise."""
    account = work.account_task.account
    to = email_message.users_of(account, values["To"])
    days = values.get("Days", DAYS)
    since = work.started_at - timedelta(days=days)
    runs = TaskRun.objects.for_account(account).filter(created_at__gte=since)
    states = Counter(runs.values_list("state", flat=True).iterator())
    tasks = AccountTask.objects.for_account(account).select_related("task").order_by("task__name", "created_at")
    facts = {
        "account": account,
        "days": days,
        "account_tasks": tasks,
        "states": [(state.label, states[state]) for state in State if states[state]],
    }
    text = render_to_string("emails/account_report_body.txt", facts)
    subject = render_to_string("emails/account_report_subject.txt", facts).strip()
    table = _csv(runs.select_related("account_task__task"), account, work)
    email_message.send(to, subject, text, work, attachments=[("runs.csv", table, "text/csv")])
    return f"Sent to {', '.join(to)}: {states.total()} runs of {days} days."


def _csv(runs: Any, account: Account, work: Work) -> str:
    def rows() -> Iterator[Sequence[str]]:
        yield COLUMNS
        for run in runs[:MOST_ROWS].iterator():
            work.check()
            moments = [_moment(moment, account) for moment in (run.due_at, run.started_at, run.finished_at)]
            facts = [run.account_task.task.name, str(run.pk), moments[0], run.trigger, run.state, *moments[1:]]
            yield [*facts, str(run.attempts), run.summary]

    return "".join(tables.written(rows()))


def _moment(moment: datetime | None, account: Account) -> str:
    return cells.moment(moment and moment.replace(microsecond=0), account.zone)


HANDLER = Handler("account_report", "Account report", SCHEMA, run)
