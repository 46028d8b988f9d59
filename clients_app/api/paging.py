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

from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.encoding import escape_uri_path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients_app.api import queries
from clients_app.api.fields import Cursor, Number, Word
from clients_app.documents import UNFIT

MOST, USUAL = 1_000, 100  # rows of a page
LAST = datetime.max.replace(tzinfo=UTC)
FIRST = datetime.min.replace(tzinfo=UTC)


class SortKey(NamedTuple):
    """field: what is sorted by; is_nullable: rows without a value then come last, in either direction."""

    field: str
    kind: type[datetime] | type[str] = datetime
    is_nullable: bool = False


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
    shown = page(rows, key=query.sort_keys[sort.removeprefix("-")], sort=sort, limit=limit, cursor=cursor)
    found = rows.in_bulk(shown.keys)
    items: Any = [found[key] for key in shown.keys if key in found]  # one may have gone meanwhile
    return Response(shape(items, many=True).data, headers=_links(request, shown))


def page(rows: "QuerySet[Any]", *, key: SortKey, sort: str, limit: int, cursor: Any = None) -> Page:
    """
    sort: as it was asked for; a cursor of another order is refused. cursor: None for the first page.

    Raises serializers.ValidationError.
    """
    is_down = sort.startswith("-")
    by: Any = F(key.field)
    if key.is_nullable:
        by = Coalesce(by, Value(FIRST if is_down else LAST))
    rows = rows.annotate(page_key=by)
    if cursor is not None:
        value, pk = _read(cursor, key, sort)
        side = "lt" if is_down else "gt"
        beyond = Q(**{f"page_key__{side}": value}) | Q(**{f"pk__{side}": pk})
        rows = rows.filter(beyond, **{f"page_key__{side}e": value})
    order = ("-page_key", "-pk") if is_down else ("page_key", "pk")
    found = list(rows.order_by(*order).values_list("pk", "page_key")[: limit + 1])
    shown = found[:limit]
    return Page([pk for pk, _ in shown], _write(sort, *shown[-1]) if len(found) > limit else None)


def _links(request: Request, shown: Page) -> dict[str, str]:
    """The Link header (RFC 8288) that leads to the next page."""
    if shown.next_cursor is None:
        return {}
    query = request.GET.copy()
    for name in [name for name in query if name.lower() == "cursor"]:
        del query[name]
    query["cursor"] = shown.next_cursor
    return {"Link": f'<{escape_uri_path(request.path)}?{query.urlencode()}>; rel="next"'}


def _write(sort: str, pk: UUID, value: Any) -> str:
    text = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([sort, text, pk.hex]).encode()).decode().rstrip("=")


def _read(cursor: list[Any], key: SortKey, sort: str) -> tuple[Any, UUID]:
    try:
        written_for, text, pk = cursor
        if written_for != sort or UNFIT.search(text):
            raise ValueError
        value = datetime.fromisoformat(text).astimezone(UTC) if key.kind is datetime else text
        return value, UUID(pk)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise serializers.ValidationError({"cursor": [Cursor.default_error_messages["invalid"]]}) from None
