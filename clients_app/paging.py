"""
Lists page by page. A page begins after the last row of the one before (keyset), wherever that is now: no row is shown
twice or left out because others came or went meanwhile, and a late page costs no more than the first.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from clients_app import documents
from clients_app.documents import UNFIT

SEEN = 2  # times the limit: so many rows are tried one by one before all of them are
LONGEST_CURSOR = 1_000  # characters
LAST = datetime.max.replace(tzinfo=UTC)
FIRST = datetime.min.replace(tzinfo=UTC)


class BadCursor(ValueError):
    """It does not come from a page of the same list in the same order."""


class SortKey(NamedTuple):
    """
    field: what is sorted by; is_nullable: rows without a value then come last, in either direction; is_narrow: the
    index of the field does not hold what the list is filtered by.
    """

    field: str
    kind: type[datetime] | type[str] = datetime
    is_nullable: bool = False
    is_narrow: bool = False


class Page(NamedTuple):
    """rows: in order; next_cursor: of the page after it, None if this is the last."""

    rows: list[Any]
    next_cursor: str | None


def page(
    rows_of: "Callable[..., QuerySet[Any]]",
    filters: Mapping[str, Any],
    *,
    keys: Mapping[str, SortKey],
    sort: str,
    limit: int,
    cursor: list[Any] | None = None,
) -> Page:
    """
    rows_of: takes the filters. sort: the name of one of the keys, with `-` before it the other way round. cursor: of
    the page before, in the same order; None for the first page.

    Raises BadCursor.
    """
    key, rows = keys[sort.removeprefix("-")], rows_of(**filters)
    order = _Order(key, is_down=sort.startswith("-"), last=None if cursor is None else _read(cursor, key, sort))
    if filters and key.is_narrow:
        found = order.try_some(rows_of(), rows, limit + 1)
        if len(found) <= limit:
            found = order.sift(rows, limit + 1)
    else:
        found = order.walk(rows, limit + 1)
    shown = found[:limit]
    # By key alone: PostgreSQL would rather look along an index of the filters, and so at many more rows.
    rows.query.clear_where()
    by_key = rows.in_bulk([row.pk for row in shown])  # one may have gone meanwhile
    next_cursor = _write(sort, shown[-1]) if len(found) > limit else None
    return Page([by_key[row.pk] for row in shown if row.pk in by_key], next_cursor)


def decode(cursor: str) -> list[Any]:
    """What stands in the text of a cursor. Raises BadCursor."""
    try:
        text = base64.urlsafe_b64decode(cursor[:LONGEST_CURSOR] + "===").decode()
        value = documents.read_json(text)
    except ValueError:
        raise BadCursor from None
    if not isinstance(value, list) or UNFIT.search(text):
        raise BadCursor
    return value


class _Row(NamedTuple):
    pk: UUID
    value: Any  # what it is sorted by


class _Order:
    """Rows in order, behind the last one of the page before; a row without a value comes after those with one."""

    def __init__(self, key: SortKey, *, is_down: bool, last: _Row | None) -> None:
        self._key, self._last = key, last
        self._sign, self._side = ("-", "lt") if is_down else ("", "gt")
        self._end = FIRST if is_down else LAST

    def walk(self, rows: "QuerySet[Any]", count: int) -> list[_Row]:
        """Along the index of the key: with a value and without one, apart, since each of them is a range of it."""
        found: list[_Row] = []
        for band in self._bands(rows):
            found += self._first(band, self._key.field, count - len(found))
        return found

    def try_some(self, rows: "QuerySet[Any]", sifted: "QuerySet[Any]", count: int) -> list[_Row]:
        """Those that pass the filters among the first along the index: enough of them if most do."""
        first = self._ordered(self._bands(rows)[0], self._key.field)[: SEEN * count]
        return self._first(sifted.filter(pk__in=first.values("pk")), self._key.field, count)

    def sift(self, rows: "QuerySet[Any]", count: int) -> list[_Row]:
        """
        All at once, and not along the index of the key: to look at each row where that leads is several times slower
        than to sort the few that pass the filters.
        """
        rows = rows.annotate(page_key=Coalesce(self._key.field, Value(self._end)))
        if self._last is not None:
            rows = self._behind(rows, "page_key", _Row(self._last.pk, self._last.value or self._end))
        return [row if row.value != self._end else _Row(row.pk, None) for row in self._first(rows, "page_key", count)]

    def _bands(self, rows: "QuerySet[Any]") -> list["QuerySet[Any]"]:
        is_none = {self._key.field: None}
        bands = [rows.exclude(**is_none), rows.filter(**is_none)] if self._key.is_nullable else [rows]
        if self._last is None:
            return bands
        if self._last.value is None:
            return [bands[-1].filter(self._is_behind("pk", self._last.pk))]
        return [self._behind(bands[0], self._key.field, self._last), *bands[1:]]

    def _ordered(self, rows: "QuerySet[Any]", field: str) -> "QuerySet[Any]":
        return rows.order_by(f"{self._sign}{field}", f"{self._sign}pk")

    def _first(self, rows: "QuerySet[Any]", field: str, count: int) -> list[_Row]:
        return [_Row(*values) for values in self._ordered(rows, field).values_list("pk", field)[:count]]

    def _behind(self, rows: "QuerySet[Any]", field: str, last: _Row) -> "QuerySet[Any]":
        beyond = self._is_behind(field, last.value) | self._is_behind("pk", last.pk)
        return rows.filter(beyond, **{f"{field}__{self._side}e": last.value})

    def _is_behind(self, field: str, value: Any) -> Q:
        return Q(**{f"{field}__{self._side}": value})


def _write(sort: str, last: _Row) -> str:
    value = last.value.isoformat() if isinstance(last.value, datetime) else last.value
    return base64.urlsafe_b64encode(json.dumps([sort, value, last.pk.hex]).encode()).decode().rstrip("=")


def _read(cursor: list[Any], key: SortKey, sort: str) -> _Row:
    try:
        written_for, value, pk = cursor
        if written_for != sort:
            raise ValueError
        return _Row(UUID(pk), _value(value, key))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise BadCursor from None


def _value(text: Any, key: SortKey) -> Any:
    if text is None and key.is_nullable:
        return None
    if UNFIT.search(text):
        raise ValueError
    return datetime.fromisoformat(text).astimezone(UTC) if key.kind is datetime else text
