"""Pages of a list over the API: what they are asked for with, and the Link header that leads to the next one."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.encoding import escape_uri_path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients_app.api import queries
from clients_app.api.fields import Cursor, Number, Word
from clients_app.paging import BadCursor, Page, SortKey, page

MOST, USUAL = 1_000, 100  # rows of a page


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


def answer(
    request: Request,
    query: type[PageQuery],
    shape: type[serializers.BaseSerializer[Any]],
    rows_of: Callable[..., "QuerySet[Any]"],
    *,
    detail: Callable[[Any], dict[str, Any]] | None = None,
) -> Response:
    """
    The page of a list that the request asks for. rows_of: takes the filters of the query, by the names of its sources.
    detail: a row as the shape has it, in less time.

    Raises serializers.ValidationError.
    """
    filters = queries.read(request, query)
    sort, limit, cursor = filters.pop("sort"), filters.pop("limit"), filters.pop("cursor", None)
    try:
        shown = page(rows_of, filters, keys=query.sort_keys, sort=sort, limit=limit, cursor=cursor)
    except BadCursor:
        raise serializers.ValidationError({"cursor": [Cursor.default_error_messages["invalid"]]}) from None
    items: Any = shown.rows
    data = shape(items, many=True).data if detail is None else [detail(row) for row in items]
    return Response(data, headers=_links(request, shown))


def _links(request: Request, shown: Page) -> dict[str, str]:
    """The Link header (RFC 8288) that leads to the next page."""
    if shown.next_cursor is None:
        return {}
    query = request.GET.copy()
    for name in [name for name in query if name.lower() == "cursor"]:
        del query[name]
    query["cursor"] = shown.next_cursor
    return {"Link": f'<{escape_uri_path(request.path)}?{query.urlencode()}>; rel="next"'}
