"""Tables of account tasks to download."""

from collections.abc import Iterator
from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from clients_app import paging
from clients_app.callers import caller_signed_in
from clients_app.models import User
from tasks_app import clock, exports
from tasks_app.models import AccountTask
from tasks_app.models.account_task import SORT_KEYS, Conditions
from tasks_app.pages import own
from tasks_app.pages.forms import FilterForm

AT_ONCE = 1_000  # account tasks in memory


@require_safe
def exported(request: HttpRequest) -> HttpResponseBase:
    """All that match the filters of the address, in its order. Whoever looks at the account sees no secrets."""
    account, is_looking = caller_signed_in(request).account, cast(User, request.user).is_looking
    form = FilterForm(request.GET, account=account)
    if not form.is_valid():
        return redirect(f"{reverse('account-tasks')}?{request.GET.urlencode()}")
    account_tasks = own.account_tasks(request).select_related(None)
    rows = _walk(account_tasks.matching, form.conditions, form.cleaned_data["sort"])
    day = clock.now().astimezone(account.zone).date()
    return _csv(exports.exported(rows, account=account, is_masked=is_looking), f"account-tasks-{day.isoformat()}.csv")


@require_safe
def template(request: HttpRequest) -> HttpResponseBase:
    return _csv(exports.template(account=caller_signed_in(request).account), "account-tasks-template.csv")


def _walk(rows_of: Any, conditions: Conditions, sort: str) -> Iterator[AccountTask]:
    cursor = None
    while True:
        page = paging.page(rows_of, conditions, keys=SORT_KEYS, sort=sort, limit=AT_ONCE, cursor=cursor)
        yield from page.rows
        if page.next_cursor is None:
            return
        cursor = paging.decode(page.next_cursor)


def _csv(pieces: Iterator[str], name: str) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)
