"""An account with its first administrator."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from clients_app import accounts
from clients_app.callers import Caller
from clients_app.management import answers


class Command(BaseCommand):
    help = "Create an account with its first administrator. The signing secret is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="of the account")
        parser.add_argument("--email", required=True, help="of the administrator, who signs in with it")
        parser.add_argument("--password", required=True, help="of the administrator")
        parser.add_argument("--time-zone", default="UTC", help="IANA name, such as Europe/Paris (default: UTC)")
        answers.add_json_argument(parser)

    def handle(self, *args: Any, name: str, email: str, password: str, time_zone: str, **options: Any) -> None:
        by = Caller(name="create_account")
        with answers.problems_in_a_sentence(), transaction.atomic():
            new = accounts.create_account(name=name, time_zone=time_zone, by=by)
            user = accounts.add_user(account=new.account, email=email, password=password, by=by)
        answers.warn_of_weak_password(self, password)
        facts = {
            "AccountID": str(new.account.pk),
            "UserID": str(user.pk),
            "SigningSecret": new.signing_secret,
        }
        answers.show(self, f"Account {name} is there; keep the signing secret.", facts, as_json=options["json"])
