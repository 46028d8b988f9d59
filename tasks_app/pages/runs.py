"""Runs at the pages."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from clients_app.callers import caller_signed_in
from clients_app.pages.answers import saying
from tasks_app import clock, running
from tasks_app.pages import own


@require_POST
def cancel(request: HttpRequest, id: UUID) -> HttpResponse:
    row = get_object_or_404(own.runs(request), pk=id)
    with saying(request, "The run is cancelled, or stops as soon as it can."):
        running.cancel(row, by=caller_signed_in(request), now=clock.now())
    return redirect("account-task", row.account_task_id)
