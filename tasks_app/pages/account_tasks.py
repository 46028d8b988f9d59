"""The list of account tasks; filters, order and page stand in the address."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from clients_app import paging
from clients_app.callers import caller_signed_in
from tasks_app.models.account_task import SORT_KEYS
from tasks_app.pages import own
from tasks_app.pages.counts import Counts
from tasks_app.pages.forms import USUAL_SORT, FilterForm

ON_A_PAGE = 50  # account tasks

# Columns that the list can be sorted by, and how it is the first time.
SORTED = {"next_run": "NextRunOn", "last_run": "-LastRunOn", "created": "-DateCreated"}


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET, account=caller_signed_in(request).account)
    conditions, sort = (form.conditions, form.cleaned_data["sort"]) if form.is_valid() else ({}, USUAL_SORT)
    rows_of = own.account_tasks(request).matching
    try:
        cursor = paging.decode(request.GET["cursor"]) if "cursor" in request.GET else None
        page = paging.page(rows_of, conditions, keys=SORT_KEYS, sort=sort, limit=ON_A_PAGE, cursor=cursor)
    except paging.BadCursor:
        messages.error(request, "That page of the list is no more: here is the first one.")
        return redirect("account-tasks")
    asked = {name: str(value) for name, value in request.GET.items() if name in form.cleaned_data and value}
    is_whole = cursor is None and page.next_cursor is None
    context = {
        "form": form,
        "account_tasks": page.rows,
        "counts": Counts(rows_of, conditions, asked, page.rows if is_whole else None),
        "headers": {name: _header(usual, sort, asked) for name, usual in SORTED.items()},
        "is_filtered": bool(conditions),
        "asked": asked,
        "query": urlencode(asked),
        "first": f"?{urlencode(asked)}" if cursor else "",
        "next": f"?{urlencode(asked | {'cursor': page.next_cursor})}" if page.next_cursor else "",
    }
    return render(request, "pages/account_tasks.html", context)


def _header(usual: str, sort: str, asked: dict[str, str]) -> dict[str, str]:
    """Where a click on the header of a column leads, and how that column is sorted now."""
    is_sorted = sort.removeprefix("-") == usual.removeprefix("-")
    turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    return {
        "address": f"?{urlencode(asked | {'sort': turned if is_sorted else usual})}",
        "order": ("descending" if sort.startswith("-") else "ascending") if is_sorted else "",
    }
