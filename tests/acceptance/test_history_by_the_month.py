"""The migration that cuts the history into months, on a database that has one already and is in use."""

import os
import subprocess
import sys
from textwrap import dedent

import psycopg
import pytest

from tests import postgresql
from tests.acceptance.service import PROJECT

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.postgresql,
    pytest.mark.skipif(postgresql.binaries() is None, reason="PostgreSQL is not installed"),
]

HISTORY = """
    from datetime import timedelta
    from django.utils import timezone
    from tasks_app.models import Attempt
    from tests import factories

    now = timezone.now()
    account_task = factories.account_task(client=factories.party().client, task=factories.task(), now=now)
    for days in range(60):
        at = now - timedelta(days=days)
        run = factories.run(account_task, due_at=at, state="SUCCEEDED" if days else "QUEUED", now=at)
        Attempt.objects.create(run=run, number=1, worker="w", started_at=at)
"""
AFTERWARDS = """
    from django.db import IntegrityError, transaction
    from django.utils import timezone
    from tasks_app import claims, endings, partitions
    from tasks_app.models import AccountTask, Attempt, TaskRun
    from tests import factories

    queued = TaskRun.objects.get(state="QUEUED")
    Attempt.objects.filter(run=queued).delete()
    run, now = claims.claim(queued.pk, worker="w")
    assert endings.end(run, lambda: endings.lock_held(run), endings.Ending("SUCCEEDED", "Done."), [])
    assert TaskRun.objects.filter(state="SUCCEEDED").count() == Attempt.objects.count() == 60
    account_task = AccountTask.objects.get()
    for old in TaskRun.objects.all():
        try:
            with transaction.atomic():
                factories.run(account_task, due_at=old.due_at, state="SUCCEEDED")
        except IntegrityError:
            continue
        raise AssertionError(f"a second run for {old.due_at}")
    assert [part.name for part in partitions.parts()][0] == "first"
"""


def test_a_history_that_is_there_becomes_the_first_part_and_goes_on() -> None:
    with postgresql.running() as server:

        def manage(*words: str) -> None:
            command = [sys.executable, "manage.py", *words]
            environ = os.environ | {"DATABASE_URL": server.url}
            done = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr

        manage("migrate", "clients_app")
        manage("migrate", "tasks_app", "0010")
        manage("shell", "-c", dedent(HISTORY))
        with psycopg.connect(server.url, autocommit=True) as user:
            user.execute("PREPARE counted AS SELECT count(*) FROM tasks_app_taskrun")
            manage("migrate")
            after = user.execute("EXECUTE counted").fetchone()
        manage("shell", "-c", dedent(AFTERWARDS))

    assert after == (60,)
