"""An entry of the catalogue."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients_app.callers import Caller
from clients_app.management import answers
from tasks_app import catalogue


class Command(BaseCommand):
    help = "Add a task to the catalogue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--id", type=UUID, metavar="GUID", help="a known ID (default: a new one)")
        parser.add_argument("--name", required=True)
        parser.add_argument("--description", default="")
        parser.add_argument("--handler", default="", metavar="CODE", help="the handler that does the task")
        parser.add_argument("--schema", type=Path, metavar="FILE", help="JSON Schema of the parameters")
        answers.add_json_argument(parser)

    def handle(self, *args: Any, id: UUID | None, name: str, **options: Any) -> None:
        with answers.problems_in_a_sentence():
            task = catalogue.add_task(
                id=id,
                name=name,
                description=options["description"],
                handler=options["handler"],
                schema=_read(options["schema"]),
                by=Caller(name="add_task"),
            )
        facts = {"ID": str(task.pk), "Name": task.name}
        answers.show(self, "The task is in the catalogue.", facts, as_json=options["json"])


def _read(file: Path | None) -> Any:
    if file is None:
        return None
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"--schema {file}: {error}") from None
