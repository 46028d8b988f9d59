"""purge_history: deletes the account's runs older than given."""

from datetime import timedelta
from typing import Any

from tasks_app import history
from tasks_app.handlers.registry import Handler, Work

SCHEMA = {
    "type": "object",
    "properties": {
        "KeepDays": {
            "title": "Days to keep",
            "description": "Runs that are older are deleted.",
            "type": "integer",
            "minimum": 1,
            "maximum": 36_500,
        }
    },
    "required": ["KeepDays"],
    "additionalProperties": False,
}


def run(values: dict[str, Any], work: Work) -> str:
    before = work.started_at - timedelta(days=values["KeepDays"])
    deleted = history.purge(before=before, account=work.account_task.account, between_batches=work.check)
    return f"Deleted {deleted} runs from before {before:%Y-%m-%d %H:%M} UTC."


HANDLER = Handler("purge_history", "Purge history", SCHEMA, run)
