"""Deletes the history of long ago."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tasks_app import clock, engine, history


class Command(BaseCommand):
    help = "Delete finished runs and their notifications, of all accounts, that are older than so many days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep-days", type=int, default=90, metavar="N", help="(default: %(default)s)")

    def handle(self, *args: Any, keep_days: int, **options: Any) -> None:
        if not 1 <= keep_days <= 36_500:
            raise CommandError("--keep-days must be from 1 to 36500.")
        deleted = history.purge(before=clock.now() - timedelta(days=keep_days))
        engine.prune()
        self.stdout.write(f"Deleted {deleted} runs that were older than {keep_days} days.")
