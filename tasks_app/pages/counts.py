"""How many account tasks match what the list shows, and how many would match something near it."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from tasks_app.models import AccountTask
from tasks_app.models.account_task import COUNTED, AccountTaskQuerySet, Conditions, Counted
from tasks_app.models.task_run import State


class QuickLink(NamedTuple):
    label: str
    address: str
    number: str
    is_chosen: bool


QUICK: list[tuple[str, Conditions]] = [
    ("All", {}),
    ("Failing", {"status": State.FAILED}),
    ("Running", {"status": State.RUNNING}),
    ("Paused", {"is_enabled": False}),
]


class Counts:
    """
    One query, and none if the page holds all there is. Whatever the list is filtered by besides, the quick links keep
    it. Of more than COUNTED the newest are counted: the figures are then followed by a plus sign.
    """

    def __init__(
        self,
        rows_of: Callable[..., AccountTaskQuerySet],
        conditions: Conditions,
        asked: dict[str, str],
        whole: Sequence[AccountTask] | None,
    ) -> None:
        self._chosen: Conditions = {name: conditions[name] for name in ("status", "is_enabled") if name in conditions}
        self._asked = {name: value for name, value in asked.items() if name not in ("status", "is_enabled")}
        if whole is not None and not self._chosen:
            found = Counter((row.status, row.is_enabled) for row in whole)
            self._counted = [Counted(*kind, number) for kind, number in found.items()]
        else:
            others = {name: value for name, value in conditions.items() if name not in self._chosen}
            self._counted = rows_of(**others).counted()
        self._is_cut = sum(each.number for each in self._counted) > COUNTED

    @property
    def total(self) -> str:
        return self._said(self._chosen)

    @property
    def is_one(self) -> bool:
        return self.total == "1"

    @property
    def states(self) -> list[tuple[str, str, str]]:
        """Status, its label, and how many of those that match are so: those that there are."""
        found = [(state, self._sum(self._chosen | {"status": state})) for state in State]
        wanted = self._chosen.get("status")
        return [(s.value, s.label, self._with_sign(n)) for s, n in found if n and wanted in (None, s)]

    @property
    def quick(self) -> list[QuickLink]:
        return [
            QuickLink(label, f"?{urlencode(self._asked | _words(wanted))}", self._said(wanted), self._chosen == wanted)
            for label, wanted in QUICK
        ]

    def _said(self, wanted: Conditions) -> str:
        return self._with_sign(self._sum(wanted))

    def _with_sign(self, count: int) -> str:
        return f"{min(count, COUNTED):,}{'+' if self._is_cut else ''}"

    def _sum(self, wanted: Conditions) -> int:
        return sum(
            each.number for each in self._counted if all(getattr(each, name) == value for name, value in wanted.items())
        )


def _words(wanted: Conditions) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in wanted.items()}
