"""A form that is sent twice is done once: it carries a key of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from clients_app import idempotency
from clients_app.callers import Caller
from clients_app.idempotency import Answer


@contextmanager
def once(name: str, key: UUID, *, by: Caller, now: datetime) -> Iterator[Answer]:
    """
    As `idempotency.once`, for a form. name: of the form. What is written into the answer's detail is there again if the
    form comes a second time. Raises KeyInProgress.
    """
    with idempotency.once(caller_id=by.id, key=f"{name} {key}", fingerprint=name, now=now) as answer:
        yield answer
        answer.status = answer.status or 200
