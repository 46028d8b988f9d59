"""
A service that has been at work for a year: a hundred accounts, one of which has a tenth of everything, and in it one
account task with a thousandth of all runs.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.benchmarks import database, seeding
from tests.benchmarks.database import Connection
from tests.benchmarks.seeding import CREATED, NEXT_RUN, YEAR, AccountTasks

if TYPE_CHECKING:
    from tasks_app.models import AccountTask
    from tests.factories import Party

ACCOUNTS = 100
NOTIFICATIONS, CHANGES, FEW = 10_000, 100_000, 200  # of the large account; few: clients, users, bulk changes
STILL_GOING_ON = 200  # runs

# Of an account task, by its number; the first one is the one with the long history.
ACCOUNT = f"""
    CASE WHEN {{number}} = 1 OR dice({{number}}, 9) % 10 = 0 THEN 0
    ELSE 1 + dice({{number}}, 10) % {ACCOUNTS - 1} END
"""
IS_ENABLED = "(number = 1 OR dice(number, 8) % 20 > 0)"
STATUS = "(ARRAY['PENDING', 'FAILED', 'SKIPPED', 'SUCCEEDED'])[least(4, 1 + dice(number, 7) % 60)]"

OF_A_RUN = """
    CROSS JOIN LATERAL (
        SELECT %(begin)s::timestamptz + number::float8 * %(run_step)s::interval AS created_at,
        CASE WHEN dice(number, 11) % 1000 = 0 THEN 1
        ELSE 1 + dice(number, 12) % greatest(1, number * %(account_tasks)s / %(count)s) END AS account_task,
        CASE WHEN number > %(count)s - %(still_going_on)s THEN (ARRAY['QUEUED', 'RUNNING'])[1 + number % 2]
        ELSE (ARRAY['FAILED', 'FAILED', 'FAILED', 'SKIPPED', 'CANCELLED', 'SUCCEEDED'])
            [least(6, 1 + dice(number, 13) % 200)]
        END AS state
    ) AS run
"""


@dataclass(frozen=True)
class BigAccount:
    """owner: who signs in and calls. ids: of what its pages show, by the words that stand in their addresses."""

    owner: "Party"
    ids: dict[str, str]


def seed(connection: Connection, account_tasks: int, runs: int) -> BigAccount:
    from tasks_app.models import AccountTask, Attempt, TaskRun

    parties = seeding.parties(f"Account{number}" for number in range(ACCOUNTS))
    like = seeding.patterns(parties)
    rows = AccountTasks(account_tasks)
    with database.filling(connection, AccountTask):
        rows.insert(
            connection,
            like,
            place=ACCOUNT.format(number="number"),
            is_enabled=IS_ENABLED,
            next_run_at=f"CASE WHEN {IS_ENABLED} THEN {NEXT_RUN} END",
            status=STATUS,
            last_run_at=f"CASE WHEN {STATUS} <> 'PENDING' THEN now() - dice(number, 6) % 2500000 * interval '1 s' END",
            failures_in_a_row=f"CASE WHEN {STATUS} = 'FAILED' THEN 1 ELSE 0 END",
            last_failure=f"CASE WHEN {STATUS} = 'FAILED' THEN 'Answered 503.' ELSE '' END",
        )
    with database.filling(connection, TaskRun, Attempt):
        _runs(connection, rows, runs, like)
    return BigAccount(parties[0], _ids(connection, rows, parties[0], like[0]))


def _runs(connection: Connection, account_tasks: AccountTasks, count: int, like: "list[AccountTask]") -> None:
    from tasks_app import clock
    from tasks_app.models import Attempt
    from tasks_app.models.task_run import Outcome, State
    from tests import factories

    now = clock.now()
    own = CREATED.replace("number", "run.account_task")
    patterns = [factories.run(one, state=State.SUCCEEDED, now=now, summary="Answered 200.") for one in like]
    values = account_tasks.values | {
        "run_step": YEAR / count,
        "account_tasks": account_tasks.count,
        "still_going_on": min(STILL_GOING_ON, count // 100),
    }
    begun = "run.created_at + interval '0.3 s'"
    finished = "CASE WHEN run.state NOT IN ('QUEUED', 'RUNNING') THEN run.created_at + interval '2 s' END"
    columns = {
        "id": "key_of(run.created_at, number)",
        "account_task_id": f"key_of({own}, run.account_task)",
        "due_at": "run.created_at",
        "state": "run.state",
        "trigger": "'SCHEDULE'",
        "asked_by": "'SCHEDULER'",
        "created_at": "run.created_at",
        "next_attempt_at": "CASE WHEN run.state = 'QUEUED' THEN run.created_at END",
        "leased_until": "CASE WHEN run.state = 'RUNNING' THEN now() + interval '1 day' END",
        "started_at": f"CASE WHEN run.state NOT IN ('QUEUED', 'SKIPPED') THEN {begun} END",
        "finished_at": finished,
        "attempts": "1",
        "fence": "1",
        "summary": "CASE run.state WHEN 'FAILED' THEN 'Answered 503.' ELSE 'Answered 200.' END",
    }
    place = ACCOUNT.format(number="run.account_task")
    database.grow(connection, patterns, count, columns, place=place, given=OF_A_RUN, values=values)
    attempt = Attempt.objects.create(
        run=patterns[0], number=1, worker="worker-1:4711", started_at=now, outcome=Outcome.SUCCEEDED, log="POST: 200"
    )
    columns = {
        "id": "key_of(run.created_at, number)",
        "run_id": "key_of(run.created_at, number)",
        "started_at": begun,
        "finished_at": finished,
    }
    database.grow(connection, [attempt], count, columns, given=OF_A_RUN, values=values)


def _ids(connection: Connection, account_tasks: AccountTasks, owner: "Party", like: "AccountTask") -> dict[str, str]:
    """And what else the large account has."""
    from clients_app.models import AuditEntry
    from tasks_app import clock
    from tasks_app.models import AccountTask, BulkChange, Notification
    from tasks_app.models.bulk_change import Verb
    from tests import factories

    now, account, user = clock.now(), owner.account, owner.administrator
    row = AccountTask.objects.for_account(account).exclude(pk=like.pk).earliest("created_at")
    failing = AccountTask.objects.for_account(account).filter(status="FAILED").latest("last_run_at")
    run = row.runs.finished().latest("created_at")
    facts: dict[str, Any] = {"account": account, "user": user}
    notification = Notification.objects.create(
        **facts, account_task=row, run=run, subject="Call a hook failed", text="Answered 503.", created_at=now
    )
    change = BulkChange.objects.create(
        **facts, verb=Verb.PAUSE, size=5, changed=5, created_at=now, worked_at=now, finished_at=now
    )
    entry = AuditEntry.objects.filter(row_id=like.pk).latest("pk")
    reader = factories.user(account=account, email="reader@account0.example")
    past = "now() - number * interval '5 minutes'"
    key = f"key_of({past}, number)"
    database.grow(
        connection,
        [notification],
        NOTIFICATIONS,
        {"id": key, "created_at": past, "read_at": f"CASE WHEN number > 50 THEN {past} END"},
    )
    database.grow(connection, [change], FEW, {"id": key, "created_at": past})
    database.grow(connection, [owner.client], FEW, {"id": key, "created_at": past, "name": "'Client ' || number"})
    email = "'user' || number || '@account0.example'"
    database.grow(connection, [reader], FEW, {"id": key, "email": email})
    of_row = f"CASE WHEN number % 100 = 0 THEN '{row.pk}'::uuid ELSE key_of({CREATED}, number) END"
    database.grow(connection, [entry], CHANGES, {"id": key, "at": past, "row_id": of_row}, values=account_tasks.values)
    connection.execute("VACUUM (ANALYZE)")
    return {
        "account_task": str(row.pk),
        "failing": str(failing.pk),
        "task": str(row.task_id),
        "run": str(run.pk),
        "client": str(owner.client.pk),
        "notification": str(notification.pk),
        "bulk_change": str(change.pk),
        "user": str(reader.pk),
        "day": f"{now - timedelta(days=1):%Y-%m-%d}",
    }
