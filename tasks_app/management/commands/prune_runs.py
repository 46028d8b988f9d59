"""Deletes the history of long ago, and makes the tables of the coming months."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tasks_app import clock, engine, history


class Command(BaseCommand):
    help = "Delete finished runs and their notifications, of all accounts, that are older than so many days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep-days", type=int, default=90, metavar="N", help="(default: %(default)s)")
        parser.add_argument(
            "--to-the-day",
            action="store_true",
            help="On PostgreSQL, where whole months are dropped at once: delete the rest of a month too, row by row.",
        )

    def handle(self, *args: Any, keep_days: int, to_the_day: bool, **options: Any) -> None:
        if not 1 <= keep_days <= 36_500:
            raise CommandError("--keep-days must be from 1 to 36500.")
        now = clock.now()
        deleted, months = history.prune(before=now - timedelta(days=keep_days), now=now, to_the_day=to_the_day)
        engine.prune()
        dropped = f" Dropped whole: {', '.join(months)}." if months else ""
        self.stdout.write(f"Deleted {deleted} runs that were older than {keep_days} days.{dropped}")
