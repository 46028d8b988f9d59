"""GUIDs and dates of the wire: text to value and back. Pure."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from clients_app.documents import UNFIT

BLANKS = " \t\r\n"

_HEX = "[0-9a-fA-F]"
_GUID = re.compile(
    rf"{_HEX}{{32}}"
    rf"|(?P<open>[{{(])?{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}(?P<close>[)}}])?"
)
_GUID_IN_PARTS = re.compile(
    rf"\{{0[xX]({_HEX}{{1,8}}),0[xX]({_HEX}{{1,4}}),0[xX]({_HEX}{{1,4}}),\{{"
    + ",".join([rf"0[xX]({_HEX}{{1,2}})"] * 8)
    + r"\}\}"
)
_BRACES = {None: None, "{": "}", "(": ")"}

_DATE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:(?P<separator>[T ])(\d\d):(\d\d)(?P<seconds>:(\d\d)(?:\.(\d+))?)?(?P<zone>Z|([+-])(\d\d):(\d\d))?)?",
    re.ASCII,
)
_MILLISECONDS = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_OFFSET = timedelta(hours=14)


def read_guid(text: str) -> UUID | None:
    """The GUID that the text is, blanks around allowed, those of other scripts too; None if it is none."""
    if UNFIT.search(text):
        return None
    text = text.strip()
    if found := _GUID.fullmatch(text):
        return UUID(text.strip("{}()")) if _BRACES[found["open"]] == found["close"] else None
    if found := _GUID_IN_PARTS.fullmatch(re.sub(r"\s", "", text)):
        widths = (8, 4, 4, *[2] * 8)
        return UUID("".join(part.zfill(width) for part, width in zip(found.groups(), widths, strict=True)))
    return None


def read_moment(text: str, dialect: str) -> datetime | None:
    """The instant that the text names in a body of that dialect; None if it names none between the years 1 and 9999."""
    text = text.strip(BLANKS)
    try:
        if dialect == "json" and (found := _MILLISECONDS.fullmatch(text)):
            return _EPOCH + timedelta(milliseconds=int(found[1]))
        found = _DATE.fullmatch(text)
        if not found or (
            dialect == "xml" and found["separator"] and (found["separator"] == " " or not found["seconds"])
        ):
            return None
        year, month, day, _, hour, minute, _, second, fraction, _, sign, hours, minutes = found.groups(default="0")
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if offset > _LARGEST_OFFSET or int(minutes) > 59:
            return None
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        moment += timedelta(microseconds=int(fraction[:6].ljust(6, "0")))
        return moment + offset if sign == "-" else moment - offset
    except (ValueError, OverflowError):
        return None


def write_moment(moment: datetime) -> str:
    """In UTC as `+00:00`, the fraction without trailing zeros and absent when zero."""
    return _written(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


@lru_cache(maxsize=1_000)
def _written(moment: datetime) -> str:
    """Of one in UTC. An answer has the same one several times."""
    text = moment.replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "+00:00"
