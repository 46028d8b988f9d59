"""An operator of the service. In the place of Django's own command, which would leave no audit entry."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clients_app import accounts
from clients_app.callers import Caller
from clients_app.management import answers


class Command(BaseCommand):
    help = "Create an operator of the service, who signs in to the admin site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="the operator signs in with it")
        parser.add_argument("--password", help="asked for if it is not given")

    def handle(self, *args: Any, email: str, password: str | None, **options: Any) -> None:
        password = password or getpass.getpass()
        with answers.problems_in_a_sentence():
            user = accounts.add_user(account=None, email=email, password=password, by=Caller(name="createsuperuser"))
        answers.warn_of_weak_password(self, password)
        answers.show(self, f"{user.email} may sign in to the admin site.", {"UserID": str(user.pk)}, as_json=False)
