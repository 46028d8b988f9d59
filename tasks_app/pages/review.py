"""The page of one account task, and what can be done with it there."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from clients_app.callers import caller_signed_in
from clients_app.pages.answers import saying
from tasks_app import clock, dispatch, registration
from tasks_app.models import AccountTask
from tasks_app.models.task_run import Trigger
from tasks_app.pages import own

NEXT_SLOTS, LATEST_RUNS = 5, 20


@require_safe
def reviewed(request: HttpRequest, id: UUID) -> HttpResponse:
    """All that is known of one of them."""
    row = get_object_or_404(own.account_tasks(request), pk=id)
    context = {
        "account_task": row,
        "slots": row.slots_to_come(NEXT_SLOTS),
        "runs": row.runs.order_by("-created_at", "-id")[:LATEST_RUNS],
    }
    return render(request, "pages/account_task.html", context)


@require_POST
def run(request: HttpRequest, id: UUID) -> HttpResponse:
    row = get_object_or_404(own.account_tasks(request), pk=id)
    with saying(request, "It is queued, and runs at once."):
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
    row = get_object_or_404(own.account_tasks(request), pk=id)
    registration.remove(row, by=caller_signed_in(request), now=clock.now())
    return render(request, "pages/deleted.html", {"account_task": row})


@require_POST
def restore(request: HttpRequest, id: UUID) -> HttpResponse:
    caller, now = caller_signed_in(request), clock.now()
    deleted = AccountTask.objects.deleted_of(caller.account, now).select_related("account")
    with saying(request, "It is back, and goes on with the next slot."):
        registration.restore(get_object_or_404(deleted, pk=id), by=caller, now=now)
    return redirect("account-task", id)


def _set_enabled(request: HttpRequest, id: UUID, is_enabled: bool, said: str) -> HttpResponse:
    row = get_object_or_404(own.account_tasks(request), pk=id)
    with saying(request, said):
        registration.set_enabled(row, is_enabled, by=caller_signed_in(request), now=clock.now())
    return redirect("account-task", row.pk)
