"""The list of account tasks; filters, order and page stand in the address."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from clients_app import paging
from tasks_app.models.account_task import SORT_KEYS
from tasks_app.pages import own
from tasks_app.pages.forms import USUAL_SORT, FilterForm

ON_A_PAGE = 50  # account tasks


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    conditions, sort = (form.conditions, form.cleaned_data["sort"]) if form.is_valid() else ({}, USUAL_SORT)
    rows_of = own.account_tasks(request).matching
    try:
        cursor = paging.decode(request.GET["cursor"]) if "cursor" in request.GET else None
        page = paging.page(rows_of, conditions, keys=SORT_KEYS, sort=sort, limit=ON_A_PAGE, cursor=cursor)
    except paging.BadCursor:
        messages.error(request, "That page of the list is no more: here is the first one.")
        return redirect("account-tasks")
    asked = {name: value for name, value in request.GET.items() if name != "cursor" and value}
    context = {
        "form": form,
        "account_tasks": page.rows,
        "is_filtered": bool(conditions),
        "first": f"?{urlencode(asked)}" if cursor else "",
        "next": f"?{urlencode(asked | {'cursor': page.next_cursor})}" if page.next_cursor else "",
    }
    return render(request, "pages/account_tasks.html", context)
