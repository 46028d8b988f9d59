"""What a handler is, what it is given, and how it says that it did not succeed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tasks_app.models import AccountTask

MOST_LINES = 100
LONGEST_LOG = 64 * 1024  # characters of all lines


class TryAgain(Exception):
    """Another attempt may succeed later, not before the time `after`. The reason is a sentence for people."""

    def __init__(self, reason: str, *, after: timedelta = timedelta(0)) -> None:
        super().__init__(reason)
        self.after = after


class Refused(Exception):
    """No attempt helps. The reason is a sentence for people."""


class Stopped(Exception):
    """The run is to stop: it was cancelled, timed out, or the worker goes down."""


@dataclass
class Work:
    """
    One attempt, as its handler sees it. started_at: by the clock of the database.

    Delivery to the outside is at least once: whatever goes out must carry `run_id`, which all attempts of a run share.
    """

    run_id: UUID
    attempt: int
    account_task: AccountTask
    started_at: datetime
    lines: list[str] = field(default_factory=list)
    is_stopped: bool = False

    def log(self, line: str) -> None:
        """Keep a line for whoever reads the history: the first 100 of them, 64 Ki characters in all. No secrets."""
        room = LONGEST_LOG - sum(map(len, self.lines))
        if len(self.lines) < MOST_LINES and room > 0:
            self.lines.append(line[:room])

    def check(self) -> None:
        """To be called between the steps of long work. Raises Stopped, which the handler lets through."""
        if self.is_stopped:
            raise Stopped


@dataclass(frozen=True)
class Handler:
    """
    code: what tasks of the catalogue name it. schema: JSON Schema of its parameters.
    run: takes the checked parameters, does the work and returns a summary of one line; raises TryAgain or Refused.
    time_limit: of one attempt; after it another one begins, whatever the first still does.
    """

    code: str
    title: str
    schema: Mapping[str, Any]
    run: Callable[[Any, Work], str]
    time_limit: timedelta = timedelta(minutes=10)
