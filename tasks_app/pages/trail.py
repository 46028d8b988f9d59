"""The audit trail of an account task in words: who changed which fact, from what to what."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, Final

from clients_app.models import AuditEntry, Client
from tasks_app import masking
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task

SHOWN = 20  # changes; the newest
MOMENTS: Final = ("start_at", "finish_at", "deleted_at")
NAMES: Final = {
    "task_id": "Task",
    "client_id": "Client",
    "frequency": "Frequency",
    "start_at": "Start",
    "finish_at": "Finish",
    "parameters": "Parameters",
    "fingerprint": "Fingerprint of the parameters",
    "content_type": "Content type",
    "notification": "Notification",
    "is_enabled": "Schedule",
    "deleted_at": "Deleted",
}
WORDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "frequency": lambda number: Frequency(number).label,
    "notification": lambda number: TaskNotification(number).label,
    "content_type": lambda name: ContentType(name).label,
    "is_enabled": lambda is_enabled: "Running" if is_enabled else "Paused",
}


@dataclass(frozen=True)
class Difference:
    """
    before, after: a text, a moment, or None. lines: of parameters, each with "del" for one that went, "ins" for one
    that came, "" for one that stayed.
    """

    name: str
    before: Any
    after: Any
    is_moment: bool = False
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Change:
    entry: AuditEntry
    differences: list[Difference]


def of(account_task: AccountTask) -> tuple[list[Change], bool]:
    """The latest changes, the newest first, and whether there are older ones."""
    entries = list(_entries(account_task).select_related("client")[: SHOWN + 1])
    names = _names_in(entries[:SHOWN])
    return [Change(entry, list(_differences(entry, names))) for entry in entries[:SHOWN]], len(entries) > SHOWN


def registered_by(account_task: AccountTask) -> str:
    """Whoever registered it; empty if the trail does not go back so far."""
    return _entries(account_task).order_by("id").values_list("by", flat=True).first() or ""


def shown(parameters: str) -> str:
    """Parameters as the pages show them."""
    return masking.shown(parameters)


def line_by_line(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The lines of both texts, each with what became of it."""
    old, new = before.splitlines(), after.splitlines()
    for what, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield from (("", line) for line in old[start:end])
        else:
            yield from (("del", line) for line in old[start:end])
            yield from (("ins", line) for line in new[new_start:new_end])


def _entries(account_task: AccountTask) -> Any:
    kind = str(AccountTask._meta.verbose_name)
    return AuditEntry.objects.filter(row_id=account_task.pk, account=account_task.account, kind=kind)


def _names_in(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """The names of tasks and clients that the entries know by their ID."""
    facts = [facts for entry in entries for facts in (entry.before, entry.after) if facts]
    tasks, clients = ({each[name] for each in facts if each.get(name)} for name in ("task_id", "client_id"))
    rows = [*Task.objects.filter(pk__in=tasks), *Client.objects.filter(pk__in=clients)]
    return {str(row.pk): row.name for row in rows}


def _differences(entry: AuditEntry, names: dict[str, str]) -> Iterator[Difference]:
    before, after = entry.before or {}, entry.after or {}
    for name in after:
        old, new = (_in_words(name, facts, names) for facts in (before, after))
        if old is None and new is None:
            continue
        lines = tuple(line_by_line(old or "", new or "")) if name == "parameters" else ()
        said = NAMES.get(name, name.replace("_", " ").capitalize())
        yield Difference(said, old, new, is_moment=name in MOMENTS, lines=lines)


def _in_words(name: str, facts: Mapping[str, Any], names: dict[str, str]) -> Any:
    value = facts.get(name)
    if value is None:
        return None
    if name in MOMENTS:
        return datetime.fromisoformat(value)
    if name == "parameters":
        return value if "fingerprint" in facts else shown(value)  # with one they were masked before they were cut
    try:
        return WORDS[name](value) if name in WORDS else names.get(str(value), str(value))
    except ValueError:  # a name that has gone out of use since
        return str(value)
