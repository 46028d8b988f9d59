"""Primary keys."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_key() -> UUID:
    """A UUIDv7 (RFC 9562): later ones sort after earlier ones, so that an index grows at its end."""
    key: UUID = uuid7()
    return key
