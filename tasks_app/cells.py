"""
Cells of a table, read and written. Pure. What is read is what was written: a cell that a spreadsheet would take for a
formula is guarded by an apostrophe on its way out, and loses it on its way in.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from clients_app.api.values import BLANKS, read_guid, read_moment
from tasks_app.enumerations import ContentType, Frequency, TaskNotification

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")
_INTEGER = re.compile(r"\d{1,9}", re.ASCII)
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LARGEST_OFFSET = timedelta(hours=14)


class WrongCell(ValueError):
    """What a cell must be: the rest of a sentence that begins with the name of its column."""


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula. Those that look guarded already are guarded once more."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What was guarded."""
    return text[1:] if _GUARDED.match(text) else text


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """
    ISO 8601 with the offset of the zone; in UTC where the zone has no such date, or an offset that the wire has not.
    """
    if value is None:
        return ""
    try:
        local = value.astimezone(zone)
    except OverflowError:
        return value.astimezone(UTC).isoformat()
    offset = local.utcoffset() or timedelta(0)
    is_plain = not offset % timedelta(minutes=1) and abs(offset) <= _LARGEST_OFFSET
    return (local if is_plain else value.astimezone(UTC)).isoformat()


def _guid(text: str) -> Any:
    guid = read_guid(text)
    if guid is None:
        raise WrongCell("must be the ID of an account task, or empty for a new one")
    return guid


def _moment(text: str) -> datetime:
    found = read_moment(text, "form")
    if found is None:
        raise WrongCell("must be a date such as 2026-01-22T09:00:00+01:00, or empty")
    return found


def _one_of(choices: type[IntEnum]) -> Callable[[str], IntEnum]:
    def read(text: str) -> IntEnum:
        word = text.strip(BLANKS)
        if _INTEGER.fullmatch(word) and int(word) in set(choices):
            return choices(int(word))
        found = choices.__members__.get(word.upper()) if word.isascii() else None
        if found is None:
            raise WrongCell(f"must be one of {', '.join(choices.__members__)}")
        return found

    return read


def _content_type(text: str) -> ContentType:
    word = text.split(";")[0].strip().lower()
    found = {"json": ContentType.JSON, "xml": ContentType.XML}.get(word)
    if found is None and word in ContentType.values:
        found = ContentType(word)
    if found is None:
        raise WrongCell("must be application/json or application/xml")
    return found


def _flag(text: str) -> bool:
    found = _FLAGS.get(text.strip().lower())
    if found is None:
        raise WrongCell("must be true or false")
    return found


def _same(text: str) -> str:
    return text


COLUMNS: Final[dict[str, Callable[[str], Any]]] = {
    "ID": _guid,
    "Task": str.strip,
    "Frequency": _one_of(Frequency),
    "StartDate": _moment,
    "FinishDate": _moment,
    "Parameters": _same,
    "ContentType": _content_type,
    "Notification": _one_of(TaskNotification),
    "Enabled": _flag,
    "Client": str.strip,
}
"""How a cell of each is read."""
