"""The page of one account task, and what can be done with it there."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from clients_app.callers import caller_signed_in
from clients_app.pages.answers import saying
from tasks_app import clock, dispatch, registration, statistics
from tasks_app.models import AccountTask
from tasks_app.models.account_task import RESTORABLE
from tasks_app.models.task_run import UNFINISHED, Trigger
from tasks_app.pages import charts, history, own, trail
from tasks_app.pages.durations import lasting

NEXT_SLOTS, DURATIONS = 5, 60
YEAR = 53 * 7  # days


@require_safe
def reviewed(request: HttpRequest, id: UUID) -> HttpResponse:
    """All that is known of one of them."""
    row, now = get_object_or_404(own.account_tasks(request), pk=id), clock.now()
    runs = history.of(row, request)
    if runs is None:
        return redirect(f"{reverse('account-task', args=[id])}?{urlencode(history.asked(request.GET))}")
    changes, has_older = trail.of(row)
    unfinished = row.runs.unfinished().first()
    # A run may end between two of these queries: what is shown as going on is looked at again.
    shown = [row.status, *(run.state for run in runs["page"].rows)]
    context = {
        "now": now,
        "account_task": row,
        "registered_by": trail.registered_by(row),
        "parameters": trail.shown(row.parameters),
        "slots": row.slots_to_come(NEXT_SLOTS),
        "unfinished": unfinished,
        "is_live": unfinished is not None or any(state in UNFINISHED for state in shown),
        "changes": changes,
        "has_older_changes": has_older,
    }
    return render(request, "pages/account_task.html", context | runs | _year(row, now) | _durations(row))


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
    caller, now = caller_signed_in(request), clock.now()
    if not AccountTask.objects.deleted_of(caller.account, now).filter(pk=id).exists():  # sent twice, it is done once
        registration.remove(get_object_or_404(own.account_tasks(request), pk=id), by=caller, now=now)
    return redirect("account-task-deleted", id)


@require_safe
def deleted(request: HttpRequest, id: UUID) -> HttpResponse:
    """What was deleted, and the way back."""
    rows = AccountTask.objects.deleted_of(caller_signed_in(request).account, clock.now())
    row = get_object_or_404(rows.select_related("task", "client"), pk=id)
    context = {"account_task": row, "until": row.deleted_at + RESTORABLE if row.deleted_at else None}
    return render(request, "pages/deleted.html", context)


@require_POST
def restore(request: HttpRequest, id: UUID) -> HttpResponse:
    caller, now = caller_signed_in(request), clock.now()
    if not own.account_tasks(request).filter(pk=id).exists():  # sent twice, it is done once
        deleted = AccountTask.objects.deleted_of(caller.account, now).select_related("account")
        with saying(request, "It is back, and goes on with the next slot."):
            registration.restore(get_object_or_404(deleted, pk=id), by=caller, now=now)
    return redirect("account-task", id)


def _set_enabled(request: HttpRequest, id: UUID, is_enabled: bool, said: str) -> HttpResponse:
    row = get_object_or_404(own.account_tasks(request), pk=id)
    with saying(request, said):
        registration.set_enabled(row, is_enabled, by=caller_signed_in(request), now=clock.now())
    return redirect("account-task", row.pk)


def _year(row: AccountTask, now: datetime) -> dict[str, Any]:
    """The calendar of its runs, and the same as text: days on which something was."""
    days = statistics.days_of(row, today=now.astimezone(row.account.zone).date(), count=YEAR)
    counts = [(day.date, day.slots) for day in days]
    return {
        "year": charts.calendar(counts),
        "year_runs": sum(day.runs for day in days),
        "year_rows": [(day, charts.told(slots)) for day, slots in reversed(counts) if slots],
    }


def _durations(row: AccountTask) -> dict[str, Any]:
    """How long its latest runs took; nothing if none began."""
    runs = statistics.latest_durations(row, DURATIONS)
    if not runs:
        return {}
    walls = [(run, duration, run.created_at.astimezone(row.account.zone)) for run, duration in runs]
    told = [(run.state, duration, f"{wall.day} {wall:%b %H:%M}") for run, duration, wall in walls]
    chart, median = charts.durations(told)
    rows = [(run, lasting(duration)) for run, duration in reversed(runs)]
    return {"durations": chart, "median": lasting(median), "duration_rows": rows}
