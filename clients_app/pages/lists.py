"""Pages of lists, whose cursor stands in the address."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest

from clients_app import paging
from clients_app.paging import SortKey

ON_A_PAGE = 50  # rows


class ListPage(NamedTuple):
    """first, next: the rest of the address of the first page and of the next; empty where there is none to go to."""

    rows: list[Any]
    first: str
    next: str

    @property
    def is_whole(self) -> bool:
        """Whether it holds all there is."""
        return not (self.first or self.next)


def asked_page(
    request: HttpRequest,
    rows_of: Callable[..., QuerySet[Any]],
    filters: Mapping[str, Any],
    *,
    keys: Mapping[str, SortKey],
    sort: str,
    limit: int = ON_A_PAGE,
    asked: Mapping[str, str] | None = None,
) -> ListPage | None:
    """
    The page that the address asks for, as of `paging.page`. None if it is no more, which the next page says.
    asked: what the addresses keep besides, usually all that this one has.
    """
    try:
        cursor = paging.decode(request.GET["cursor"]) if "cursor" in request.GET else None
        page = paging.page(rows_of, filters, keys=keys, sort=sort, limit=limit, cursor=cursor)
    except paging.BadCursor:
        messages.error(request, "That page of the list is no more: here is the first one.")
        return None
    if asked is None:
        asked = {name: str(value) for name, value in request.GET.items() if name != "cursor"}
    following = urlencode({**asked, "cursor": page.next_cursor}) if page.next_cursor else ""
    return ListPage(page.rows, f"?{urlencode(asked)}" if cursor else "", f"?{following}" if following else "")
