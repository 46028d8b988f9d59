"""Primary keys."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_key() -> UUID:
    """A UUIDv7 (RFC 9562): later ones sort after earlier ones, so that an index grows at its end."""
    key: UUID = uuid7()
    return key


def first_key_of(moment: datetime) -> UUID:
    """The lowest key that can be made at that moment: rows that are newer than that are found by their keys."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62)
