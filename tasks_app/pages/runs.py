"""The page of one run, and what can be done with it there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from clients_app.callers import caller_signed_in
from clients_app.pages.answers import saying
from tasks_app import clock, dispatch, running
from tasks_app.models import Attempt
from tasks_app.pages import own
from tasks_app.pages.durations import lasting

ATTEMPTS, REPEATS = 20, 10  # that the page shows, the latest
LINES, CHARACTERS = 10, 1_000  # of a log that are shown at once


@dataclass(frozen=True)
class Try:
    """An attempt and its log in two parts: what is shown at once, and the rest."""

    attempt: Attempt

    @property
    def duration(self) -> str:
        return _between(self.attempt.started_at, self.attempt.finished_at)

    @property
    def log(self) -> str:
        return self.attempt.log[: self._end]

    @property
    def rest(self) -> str:
        return self.attempt.log[self._end :]

    @property
    def _end(self) -> int:
        return min(CHARACTERS, sum(map(len, self.attempt.log.splitlines(keepends=True)[:LINES])))


@require_safe
def reviewed(request: HttpRequest, id: UUID) -> HttpResponse:
    """All that is known of it."""
    related = ("account_task__task", "retry_of")
    row = get_object_or_404(own.runs(request).select_related(*related), pk=id)
    attempts = list(row.tries.order_by("-number")[: ATTEMPTS + 1])
    context = {
        "run": row,
        "account_task": row.account_task,
        "waited": _between(row.created_at, row.started_at),
        "duration": _between(row.started_at, row.finished_at),
        "tries": [Try(attempt) for attempt in attempts[:ATTEMPTS]],
        "has_older_tries": len(attempts) > ATTEMPTS,
        "repeats": row.retries.order_by("-created_at", "-id")[:REPEATS],
    }
    return render(request, "pages/run.html", context)


@require_POST
def cancel(request: HttpRequest, id: UUID) -> HttpResponse:
    row = get_object_or_404(own.runs(request), pk=id)
    with saying(request, "The run is cancelled, or stops as soon as it can."):
        running.cancel(row, by=caller_signed_in(request), now=clock.now())
    return redirect("run", row.pk)


@require_POST
def again(request: HttpRequest, id: UUID) -> HttpResponse:
    """A new run, whose page comes next."""
    row = get_object_or_404(own.runs(request).select_related("account_task__account"), pk=id)
    with saying(request, "This is the new run. It is queued, and runs at once."):
        row = dispatch.run_again(row, by=caller_signed_in(request), now=clock.now())
    return redirect("run", row.pk)


def _between(start: datetime | None, end: datetime | None) -> str:
    """How long that took; empty if it has not begun or not ended. Never less than nothing, whatever the clocks say."""
    return lasting(max(end - start, timedelta(0))) if start and end else ""
