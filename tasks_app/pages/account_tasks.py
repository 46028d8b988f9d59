"""The list of account tasks; filters, order and page stand in the address."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from clients_app.callers import caller_signed_in
from clients_app.pages.lists import asked_page
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
    asked = {name: str(value) for name, value in request.GET.items() if name in form.cleaned_data and value}
    page = asked_page(request, rows_of, conditions, keys=SORT_KEYS, sort=sort, limit=ON_A_PAGE, asked=asked)
    if page is None:
        return redirect("account-tasks")
    context = {
        "form": form,
        "page": page,
        "counts": Counts(rows_of, conditions, asked, page.rows if page.is_whole else None),
        "headers": {name: _header(usual, sort, asked) for name, usual in SORTED.items()},
        "is_filtered": bool(conditions),
        "asked": asked,
        "query": urlencode(asked),
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
