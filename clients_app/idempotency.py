"""
Idempotency keys: a create that is repeated with the same key happens once. Its answer is stored in the transaction of
the create, so that there is never one without the other.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from clients_app.exceptions import KeyInProgress, KeyOfAnother
from clients_app.models import StoredAnswer

KEPT = timedelta(hours=24)
LONGEST_KEY = 255  # characters
CLEARED_AT_ONCE = 100  # answers that are no longer kept


@dataclass
class Answer:
    """What a create answers. detail: JSON values; headers: those that belong to it, such as Location."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    detail: Any = None

    @property
    def is_there(self) -> bool:
        return self.status > 0


@contextmanager
def once(*, caller_id: UUID, key: str, fingerprint: str, now: datetime) -> Iterator[Answer]:
    """
    Around a create, as one transaction: what is written into the answer inside of the block is stored at its end. If
    the answer `is_there` already, it is that of an earlier call, and nothing is to be done.

    fingerprint: the same for the same endpoint and body. Raises KeyOfAnother if the key came with another one, and
    KeyInProgress if the create that it came with has not ended yet. A create that fails leaves nothing behind.
    """
    with transaction.atomic():
        _take_turns(caller_id, key)
        mine = StoredAnswer.objects.filter(caller_id=caller_id, key=key)
        stored = mine.filter(created_at__gt=now - KEPT).first()
        if stored:
            if stored.fingerprint != fingerprint:
                raise KeyOfAnother
            yield Answer(stored.status, stored.headers, json.loads(stored.detail))
            return
        answer = Answer()
        yield answer
        mine.delete()
        StoredAnswer.objects.create(
            caller_id=caller_id,
            key=key,
            fingerprint=fingerprint,
            status=answer.status,
            headers=dict(answer.headers),
            detail=json.dumps(answer.detail),
            created_at=now,
        )
    _clear(now)


def _take_turns(caller_id: UUID, key: str) -> None:
    """
    One create at a time for a key. On SQLite a transaction has the only right to write: whoever comes second has waited
    for the first. PostgreSQL has locks for it, and whoever comes second is told at once.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{caller_id} {key}"])
            if not cursor.fetchone()[0]:
                raise KeyInProgress


def _clear(now: datetime) -> None:
    """A few of those that are no longer kept, at each create: so their number stays small."""
    old = StoredAnswer.objects.filter(created_at__lte=now - KEPT).values_list("pk", flat=True)[:CLEARED_AT_ONCE]
    if keys := list(old):
        StoredAnswer.objects.filter(pk__in=keys).delete()
