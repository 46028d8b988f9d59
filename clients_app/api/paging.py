"""
Lists page by page. A page begins after the last row of the one before (keyset), wherever that is now: no row is shown
twice or left out because others came or went meanwhile, and a late page costs no more than the first.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.encoding import escape_uri_path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients_app.api import queries
from clients_app.api.fields import Cursor, Number, Word
from clients_app.documents import UNFIT

MOST, USUAL = 1_000, 100  # rows of a page
SEEN = 2  # times the limit: so many rows are tried one by one before all of them are


LAST = datetime.max.replace(tzinfo=UTC)
FIRST = datetime.min.replace(tzinfo=UTC)


class SortKey(NamedTuple):
    """
    field: what is sorted by; is_nullable: rows without a value then come last, in either direction; is_narrow: the
    index of the field does not hold what the list is filtered by.
    """

    field: str
    kind: type[datetime] | type[str] = datetime
    is_nullable: bool = False
    is_narrow: bool = False


class PageQuery(serializers.Serializer[Model]):
    """The members of the query that each list has. A subclass names what it can be sorted by."""

    sort_keys: ClassVar[dict[str, SortKey]] = {}

    limit = Number(least=1, most=MOST, default=USUAL, help_text="How many items a page has at the most.")
    cursor = Cursor(required=False, help_text="Where the page begins, from the `Link` header of the page before.")


def sort_field(keys: dict[str, SortKey], *, default: str) -> Word:
    """`sort` of a list: one of the keys, with `-` before it from the last to the first."""
    return Word(
        [sign + name for name in keys for sign in ("", "-")],
        default=default,
        help_text=f"What the list is sorted by, with `-` in front the other way round; `{default}` if absent.",
    )


class Page(NamedTuple):
    """keys: of the rows of this page, in order; next_cursor: of the page after it, None if this is the last."""

    keys: list[UUID]
    next_cursor: str | None


def answer(
    request: Request,
    query: type[PageQuery],
    shape: type[serializers.BaseSerializer[Any]],
    rows_of: Callable[..., "QuerySet[Any]"],
) -> Response:
    """
    The page of a list that the request asks for. rows_of: takes the filters of the query, by the names of its sources.

    Raises serializers.ValidationError.
    """
    filters = queries.read(request, query)
    sort, limit, cursor = filters.pop("sort"), filters.pop("limit"), filters.pop("cursor", None)
    rows = rows_of(**filters)
    shown = page(
        rows_of(),
        sifted=rows if filters else None,
        key=query.sort_keys[sort.removeprefix("-")],
        sort=sort,
        limit=limit,
        cursor=cursor,
    )
    found = rows.in_bulk(shown.keys)
    items: Any = [found[key] for key in shown.keys if key in found]  # one may have gone meanwhile
    return Response(shape(items, many=True).data, headers=_links(request, shown))


def page(
    rows: "QuerySet[Any]",
    *,
    key: SortKey,
    sort: str,
    limit: int,
    cursor: Any = None,
    sifted: "QuerySet[Any] | None" = None,
) -> Page:
    """
    sort: as it was asked for; a cursor of another order is refused. cursor: None for the first page. sifted: those of
    the rows that pass the filters, None if all do.

    Raises serializers.ValidationError.
    """
    order = _Order(key, is_down=sort.startswith("-"), last=None if cursor is None else _read(cursor, key, sort))
    if sifted is None or not key.is_narrow:
        found = order.walk(rows if sifted is None else sifted, limit + 1)
    else:
        seen = order.walk(rows, SEEN * limit)
        hits = set(sifted.filter(pk__in=[row.pk for row in seen]).values_list("pk", flat=True))
        found = [row for row in seen if row.pk in hits]
        if len(found) <= limit and len(seen) == SEEN * limit:
            found = order.sift(sifted, limit + 1)
    shown = found[:limit]
    return Page([row.pk for row in shown], _write(sort, shown[-1]) if len(found) > limit else None)


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
        is_none = {self._key.field: None}
        bands = [rows.exclude(**is_none), rows.filter(**is_none)] if self._key.is_nullable else [rows]
        if self._last is not None and self._last.value is None:
            bands = [bands[-1].filter(self._is_behind("pk", self._last.pk))]
        elif self._last is not None:
            bands[0] = self._behind(bands[0], self._key.field, self._last)
        found: list[_Row] = []
        for band in bands:
            found += self._first(band, self._key.field, count - len(found))
        return found

    def sift(self, rows: "QuerySet[Any]", count: int) -> list[_Row]:
        """
        All at once, and not along the index of the key: to look at each row where that leads is several times slower
        than to sort the few that pass the filters.
        """
        rows = rows.annotate(page_key=Coalesce(self._key.field, Value(self._end)))
        if self._last is not None:
            rows = self._behind(rows, "page_key", _Row(self._last.pk, self._last.value or self._end))
        return [row if row.value != self._end else _Row(row.pk, None) for row in self._first(rows, "page_key", count)]

    def _first(self, rows: "QuerySet[Any]", field: str, count: int) -> list[_Row]:
        ordered = rows.order_by(f"{self._sign}{field}", f"{self._sign}pk")
        return [_Row(*values) for values in ordered.values_list("pk", field)[:count]]

    def _behind(self, rows: "QuerySet[Any]", field: str, last: _Row) -> "QuerySet[Any]":
        beyond = self._is_behind(field, last.value) | self._is_behind("pk", last.pk)
        return rows.filter(beyond, **{f"{field}__{self._side}e": last.value})

    def _is_behind(self, field: str, value: Any) -> Q:
        return Q(**{f"{field}__{self._side}": value})


def _links(request: Request, shown: Page) -> dict[str, str]:
    """The Link header (RFC 8288) that leads to the next page."""
    if shown.next_cursor is None:
        return {}
    query = request.GET.copy()
    for name in [name for name in query if name.lower() == "cursor"]:
        del query[name]
    query["cursor"] = shown.next_cursor
    return {"Link": f'<{escape_uri_path(request.path)}?{query.urlencode()}>; rel="next"'}


def _write(sort: str, last: _Row) -> str:
    value = last.value.isoformat() if isinstance(last.value, datetime) else last.value
    return base64.urlsafe_b64encode(json.dumps([sort, value, last.pk.hex]).encode()).decode().rstrip("=")


def _read(cursor: list[Any], key: SortKey, sort: str) -> _Row:
    try:
        written_for, text, pk = cursor
        if written_for != sort:
            raise ValueError
        return _Row(UUID(pk), _value(text, key))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise serializers.ValidationError({"cursor": [Cursor.default_error_messages["invalid"]]}) from None


def _value(text: Any, key: SortKey) -> Any:
    if text is None and key.is_nullable:
        return None
    if UNFIT.search(text):
        raise ValueError
    return datetime.fromisoformat(text).astimezone(UTC) if key.kind is datetime else text
