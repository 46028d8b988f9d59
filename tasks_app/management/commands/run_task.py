"""A run at once."""

import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients_app.callers import Caller
from clients_app.exceptions import Refusal
from clients_app.management import answers
from tasks_app import clock, dispatch
from tasks_app.models import AccountTask
from tasks_app.models.task_run import State, Trigger


class Command(BaseCommand):
    help = "Run an account task at once, beside its schedule. A worker must be running to execute it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=UUID, metavar="ID", help="of the account task")
        parser.add_argument(
            "--wait", type=float, default=0, metavar="SECONDS", help="wait so long for its end; 1 if it did not succeed"
        )
        answers.add_json_argument(parser)

    def handle(self, *args: Any, id: UUID, wait: float, **options: Any) -> None:
        account_task = AccountTask.objects.filter(pk=id, deleted_at__isnull=True).select_related("account").first()
        if account_task is None:
            raise CommandError(f"There is no account task {id}.")
        try:
            run = dispatch.run_now(account_task, trigger=Trigger.USER, by=Caller(name="run_task"), now=clock.now())
        except Refusal as error:
            raise CommandError(str(error)) from None
        give_up_at = time.monotonic() + wait
        while not run.is_finished and time.monotonic() < give_up_at:
            time.sleep(0.1)
            run.refresh_from_db()
        facts = {"ID": str(run.pk), "State": run.state, "Summary": run.summary}
        answers.show(self, "The account task runs.", facts, as_json=options["json"])
        if wait and run.state != State.SUCCEEDED:
            raise CommandError(f"The run is {run.state}.")
