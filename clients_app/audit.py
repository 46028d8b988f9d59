"""The audit trail: one entry for a change, written by whoever makes it, in its transaction."""

import hashlib
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from clients_app import rows, writes
from clients_app.callers import Caller
from clients_app.models import Account, AuditEntry

LONGEST_TEXT = 1_000  # characters of a value that an entry keeps

Facts = dict[str, Any]


class Audited(Protocol):
    """A row whose class names the fields that entries show: none that holds a secret."""

    pk: Any
    _meta: ClassVar[Any]

    @property
    def audited(self) -> tuple[str, ...]: ...


def facts_of(row: Audited, **more: Any) -> Facts:
    """The audited fields of a row as JSON values, and more that is to be said of it."""
    return {name: _plain(getattr(row, name)) for name in row.audited} | {name: _plain(more[name]) for name in more}


def record(
    action: str,
    row: Audited,
    *,
    by: Caller,
    account: Account | None,
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """
    Write down a change of `row` that belongs to `account` (None: to the service).

    before: `facts_of` the row before the change, None if it is new. after: taken from the row if it is not given.
    Of a changed row only the facts that differ are kept; if none does, there is no entry.
    """
    after = facts_of(row) if after is None else after
    if before is not None:
        changed = [name for name in after if before.get(name) != after[name]]
        if not changed:
            return
        before, after = ({name: facts.get(name) for name in changed} for facts in (before, after))
    writes.insert([entry(action, row, by=by, account=account, before=before, after=after)])


def entry(
    action: str, row: Audited, *, by: Caller, account: Account | None, before: Facts | None = None, after: Facts
) -> AuditEntry:
    """An entry that is still to be written, in the transaction of the change."""
    related: dict[str, Any] = {"account": account, "user": by.user, "client": by.client}
    made: AuditEntry = rows.new(
        AuditEntry,
        related={name: other for name, other in related.items() if other is not None},
        by=by.label,
        address=by.address,
        action=action,
        kind=str(row._meta.verbose_name),
        row_id=row.pk,
        before=before,
        after=after,
    )
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) <= LONGEST_TEXT:
            return value
        digest = hashlib.sha256(value.encode()).hexdigest()
        return f"{value[:LONGEST_TEXT]}… ({len(value)} characters, SHA-256 {digest})"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
