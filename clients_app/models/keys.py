"""Primary keys."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_VERSION: Final = 0x7 << 76 | 0b10 << 62
_FREE: Final = (2**12 - 1) << 64 | 2**62 - 1  # the bits that RFC 9562 leaves to whoever makes a UUIDv7


def new_key() -> UUID:
    """A UUIDv7 (RFC 9562): later ones sort after earlier ones, so that an index grows at its end."""
    key: UUID = uuid7()
    return key


def key_of(row: UUID, moment: datetime) -> UUID:
    """
    The UUIDv7 of what a row has exactly one of for a moment: always the same one, whoever makes it and how often. It
    sorts by the moment; one before 1970 counts as 1970.
    """
    since = moment - _EPOCH
    digest = hashlib.blake2b(b"%b %d" % (row.bytes, since // timedelta.resolution), digest_size=16).digest()
    return UUID(int=max(since // _MILLISECOND, 0) << 80 | _VERSION | int.from_bytes(digest) & _FREE)


def first_key_of(moment: datetime) -> UUID:
    """The lowest key that can be made at that moment: rows that are newer than that are found by their keys."""
    return UUID(int=(moment - _EPOCH) // _MILLISECOND << 80 | _VERSION)
