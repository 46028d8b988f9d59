"""
Moments as people type them: a date and time in the account's time zone. What is shown may say less than the moment it
stands for (microseconds, the second of two equal hours, the ends of the calendar): so that goes along, and counts as
long as nobody touches what is shown.
"""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from tasks_app import clock_changes

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)
_EXAMPLE = "Write a date and a time, such as 2030-01-31 09:00."


def text_of(moment: datetime, zone: ZoneInfo) -> str:
    """As controls for dates and times have it; at the ends of the calendar the last that the zone can show."""
    try:
        wall = moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        wall = moment.replace(tzinfo=None)
    return wall.isoformat(timespec="seconds")


def read(text: str) -> datetime | None:
    """The date and time without a zone, None if it is not written as one."""
    try:
        return datetime.fromisoformat(text) if _WRITTEN.fullmatch(text) else None
    except ValueError:
        return None


class WallClockInput(forms.MultiWidget):
    """A control for a date and time, and beside it, hidden, the moment that it stands for."""

    use_fieldset = False
    zone = ZoneInfo("UTC")

    def __init__(self) -> None:
        shown = forms.TextInput({"type": "datetime-local", "step": "1"})
        super().__init__({"": shown, "was": forms.HiddenInput()})

    def decompress(self, value: datetime | None) -> list[str]:
        return [text_of(value, self.zone), value.astimezone(UTC).isoformat()] if value else ["", ""]

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0"


class WallClockField(forms.Field):
    """An instant in UTC, or None; `zone` is the account's. What a clock change skips or repeats is read as slots."""

    widget: WallClockInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=WallClockInput(), required=False, **kwargs)

    @property
    def zone(self) -> ZoneInfo:
        return self.widget.zone

    @zone.setter
    def zone(self, zone: ZoneInfo) -> None:
        self.widget.zone = zone

    def to_python(self, value: Any) -> datetime | None:
        text, was = (str(part or "").strip() for part in value or ["", ""])
        if not text:
            return None
        if untouched := self._untouched(text, was):
            return untouched
        wall = read(text)
        if wall is None:
            raise ValidationError(_EXAMPLE)
        try:
            return wall.replace(tzinfo=self.zone).astimezone(UTC)
        except OverflowError:
            raise ValidationError("That lies beyond the calendar.") from None

    def remark(self, value: Any) -> str:
        """What is to be said of what was typed, if a clock change makes another moment of it."""
        text, was = (str(part or "").strip() for part in value) if isinstance(value, list) else ("", "")
        wall = read(text)
        return clock_changes.of_wall_clock(wall, self.zone) if wall and not self._untouched(text, was) else ""

    def _untouched(self, text: str, was: str) -> datetime | None:
        try:
            moment = datetime.fromisoformat(was)
        except ValueError:
            return None
        is_shown = moment.tzinfo is not None and text_of(moment, self.zone) == _with_seconds(text)
        return moment.astimezone(UTC) if is_shown else None


def _with_seconds(text: str) -> str:
    """Browsers leave seconds out that are zero."""
    text = text.replace(" ", "T")
    return f"{text}:00" if text.count(":") == 1 else text
