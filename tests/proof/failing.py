"""`manage.py`, and the application of the web server, with one more handler, whose exception tells its secrets."""

import os
import sys
from typing import Any

import django
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from config.wsgi import application as application  # noqa: E402
from tasks_app import handlers  # noqa: E402
from tasks_app.handlers.registry import Handler, Work  # noqa: E402

CODE = "failing"


def run(values: dict[str, Any], work: Work) -> str:
    raise RuntimeError(values["password"])


handlers.HANDLERS += (Handler(CODE, "Fail", {"type": "object"}, run),)  # type: ignore[assignment]
if os.environ.get("WITHOUT_REDACTION"):
    from clients_app import secrets

    secrets.taken_out = lambda text: text  # what the control looks for is seen then

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
