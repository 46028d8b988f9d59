"""An API client for a user."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients_app import clients
from clients_app.callers import Caller
from clients_app.management import answers
from clients_app.models import User


class Command(BaseCommand):
    help = "Register an API client that calls on behalf of a user. Its secret is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="of the user")
        parser.add_argument("--name", required=True, help=f"of the client, at most {clients.LONGEST_NAME} characters")
        answers.add_json_argument(parser)

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        user = User.objects.filter(email=User.objects.normalize_email(email)).select_related("account").first()
        if user is None or user.account is None:
            raise CommandError(f"No account has a user with the e-mail {email}.")
        with answers.problems_in_a_sentence():
            new = clients.register(account=user.account, user_id=user.pk, name=name, by=Caller(name="create_client"))
        facts = {"ID": str(new.client.pk), "Name": name, "Secret": new.secret, "UserID": str(user.pk)}
        answers.show(self, f"Client {name} is there; keep its secret.", facts, as_json=options["json"])
