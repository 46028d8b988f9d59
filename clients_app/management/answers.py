"""How commands ask and answer: problems in a sentence, results for people or as JSON."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser


def add_json_argument(parser: CommandParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as one line of JSON")


def show(command: BaseCommand, title: str, facts: Mapping[str, str], *, as_json: bool) -> None:
    """facts: names and values, the names as in JSON."""
    if as_json:
        command.stdout.write(json.dumps(facts))
        return
    command.stdout.write(command.style.SUCCESS(title))
    for name, value in facts.items():
        command.stdout.write(f"  {name + ':':<15}{value}")


def warn_of_weak_password(command: BaseCommand, password: str) -> None:
    """An operator at the command line is told, not refused."""
    try:
        validate_password(password)
    except ValidationError as error:
        command.stderr.write(command.style.WARNING(f"Weak password: {' '.join(error.messages)}"))


@contextmanager
def problems_in_a_sentence() -> Iterator[None]:
    """ValidationError to CommandError, which ends the command with status 1 and no traceback."""
    try:
        yield
    except ValidationError as error:
        problems = [f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()]
        raise CommandError("; ".join(problems)) from None
