"""A guard, and how it is switched off: a few characters of one file are replaced by others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"


@dataclass(frozen=True)
class Change:
    """old: what stands once in the file, and is replaced."""

    path: str
    old: str
    new: str

    def made(self, text: str) -> str:
        """The text of the file with the change in it. Raises ValueError if it does not fit there, or in two places."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.path} has {text.count(self.old)} times: {self.old}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Guard:
    """
    what: it sees to. change: without it. tests: what must go red then, the IDs of pytest with blanks between them.
    on: the database that it belongs to. also: a second guard behind it, which sees to the same.
    """

    what: str
    change: Change
    tests: str
    on: str = SQLITE
    also: Change | None = None

    @property
    def changes(self) -> list[Change]:
        return [self.change, *([self.also] if self.also else [])]

    @property
    def is_migration(self) -> bool:
        return any("/migrations/" in change.path for change in self.changes)
