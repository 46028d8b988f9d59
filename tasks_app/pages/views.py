"""Account tasks as pages: translate in, one call, translate out."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from clients_app import paging
from clients_app.callers import caller_signed_in
from clients_app.exceptions import Refusal
from tasks_app import clock, dispatch, registration, running
from tasks_app.models import AccountTask, TaskRun
from tasks_app.models.account_task import SORT_KEYS, AccountTaskQuerySet
from tasks_app.models.task_run import Trigger
from tasks_app.pages.forms import USUAL_SORT, FilterForm

ON_A_PAGE = 50  # account tasks
NEXT_SLOTS, LATEST_RUNS = 5, 20


def own_account_tasks(request: HttpRequest) -> AccountTaskQuerySet:
    account = caller_signed_in(request).account
    return AccountTask.objects.for_account(account).select_related("task", "account", "client")


@require_safe
def account_tasks(request: HttpRequest) -> HttpResponse:
    """The list; filters, order and page stand in the address."""
    form = FilterForm(request.GET)
    conditions, sort = (form.conditions, form.cleaned_data["sort"]) if form.is_valid() else ({}, USUAL_SORT)
    rows_of = own_account_tasks(request).matching
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


@require_safe
def account_task(request: HttpRequest, id: UUID) -> HttpResponse:
    """All that is known of one of them."""
    row = get_object_or_404(own_account_tasks(request), pk=id)
    context = {
        "account_task": row,
        "slots": row.slots_to_come(NEXT_SLOTS),
        "runs": row.runs.order_by("-created_at", "-id")[:LATEST_RUNS],
    }
    return render(request, "pages/account_task.html", context)


@require_POST
def run(request: HttpRequest, id: UUID) -> HttpResponse:
    row = get_object_or_404(own_account_tasks(request), pk=id)
    with _saying(request, "It is queued, and runs at once."):
        dispatch.run_now(row, trigger=Trigger.USER, by=caller_signed_in(request), now=clock.now())
    return redirect("account-task", row.pk)


@require_POST
def pause(request: HttpRequest, id: UUID) -> HttpResponse:
    return _set_enabled(request, id, False, "It is paused: nothing runs until you resume it.")


@require_POST
def resume(request: HttpRequest, id: UUID) -> HttpResponse:
    return _set_enabled(request, id, True, "It goes on with the next slot. What was missed is not caught up.")


@require_POST
def delete(request: HttpRequest, id: UUID) -> HttpResponse:
    row = get_object_or_404(own_account_tasks(request), pk=id)
    registration.remove(row, by=caller_signed_in(request), now=clock.now())
    return render(request, "pages/deleted.html", {"account_task": row})


@require_POST
def restore(request: HttpRequest, id: UUID) -> HttpResponse:
    caller, now = caller_signed_in(request), clock.now()
    deleted = AccountTask.objects.deleted_of(caller.account, now).select_related("account")
    with _saying(request, "It is back, and goes on with the next slot."):
        registration.restore(get_object_or_404(deleted, pk=id), by=caller, now=now)
    return redirect("account-task", id)


@require_POST
def cancel(request: HttpRequest, id: UUID) -> HttpResponse:
    runs = TaskRun.objects.for_account(caller_signed_in(request).account)
    row = get_object_or_404(runs, pk=id)
    with _saying(request, "The run is cancelled, or stops as soon as it can."):
        running.cancel(row, by=caller_signed_in(request), now=clock.now())
    return redirect("account-task", row.account_task_id)


@contextmanager
def _saying(request: HttpRequest, done: str) -> Iterator[None]:
    """Around a verb of a room: the next page says that it is done, or why it was refused."""
    try:
        yield
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)


def _set_enabled(request: HttpRequest, id: UUID, is_enabled: bool, said: str) -> HttpResponse:
    row = get_object_or_404(own_account_tasks(request), pk=id)
    with _saying(request, said):
        registration.set_enabled(row, is_enabled, by=caller_signed_in(request), now=clock.now())
    return redirect("account-task", row.pk)
