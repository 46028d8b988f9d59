"""The demo account, and what to do with it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients_app.callers import Caller
from tasks_app import clock, demo, first_call

GUIDE = """
Account Tasks: {url}/

  Pages        {url}/sign-in
               sign in as {administrator} (an administrator) or {reader} (a reader)
  Admin site   {url}/admin/
               sign in as {operator} (an operator)
  API          {url}/api/v2/admin/tasks/account
               client {client}
  Password     {password}
               of all of them, and the client's secret

Register a task (get a token, then create):

  {first_call}

One account task sends a message each hour; its mail is shown here. Another one makes a report when it is asked to:

  curl -si -X POST "{url}/api/v2/admin/tasks/account/run?id={on_demand}" -u '{administrator}:{password}'
"""


class Command(BaseCommand):
    help = "Load a demo account and an operator once, with DEMO_PASSWORD, and say how to use them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True, help="where the service is, such as http://127.0.0.1:8000")

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        password = settings.DEMO_PASSWORD
        if not password:
            raise CommandError("DEMO_PASSWORD is not set: `make .env` writes one.")
        values = {"To": [demo.ADMINISTRATOR], "Days": 7}
        loaded = demo.load(password=password, by=Caller(name="load_demo"), now=clock.now())
        self.stdout.write(
            GUIDE.format(
                url=url,
                operator=demo.OPERATOR,
                administrator=demo.ADMINISTRATOR,
                reader=demo.READER,
                client=loaded.client.pk,
                password=password,
                first_call=first_call.registering(
                    loaded.client.pk, password, task_id=demo.REPORT, values=values, url=url
                ),
                on_demand=loaded.on_demand.pk,
            )
        )
