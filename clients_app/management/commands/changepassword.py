"""Another password for a user. In the place of Django's own command, which would leave no audit entry."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients_app import accounts
from clients_app.callers import Caller
from clients_app.management import answers
from clients_app.models import User


class Command(BaseCommand):
    help = "Change the password of a user or an operator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email=User.objects.normalize_email(email)).first()
        if user is None:
            raise CommandError(f"There is no user with the e-mail {email}.")
        password = getpass.getpass()
        with answers.problems_in_a_sentence():
            accounts.change_password(user, password, by=Caller(name="changepassword"))
        answers.warn_of_weak_password(self, password)
        self.stdout.write(self.style.SUCCESS(f"{user.email} has another password."))
