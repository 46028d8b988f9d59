"""The catalogue and the history of runs over HTTP."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients_app.api import paging, samples
from clients_app.api.operations import operation
from clients_app.callers import caller_of
from tasks_app import clock, dispatch, running
from tasks_app.api.queries import RunsQuery
from tasks_app.api.responses import RunDetailResponse, RunResponse
from tasks_app.api.views import own_account_tasks
from tasks_app.models import TaskRun
from tasks_app.models.task_run import TaskRunQuerySet

# What the samples of the documentation show of a run that has not begun.
WAITING: dict[str, Any] = {"StartedOn": None, "FinishedOn": None, "AttemptCount": 0, "Summary": "", "Attempts": []}
NOW = "2026-01-23T10:15:00.5+00:00"
AGAIN = WAITING | {
    "ID": "019be63d-5a1b-7e60-8c2d-a9f0b3c4d5e6",
    "Status": "QUEUED",
    "Trigger": "RETRY",
    "RequestedBy": samples.EMAIL,
    "SlotOn": None,
    "RetryOf": samples.RUN,
    "DateCreated": NOW,
    "NextAttemptOn": NOW,
}
CANCELLED = WAITING | {
    "Status": "CANCELLED",
    "FinishedOn": NOW,
    "CancelRequestedOn": NOW,
    "Summary": f"Cancelled by {samples.EMAIL}.",
}


def own_runs(request: Request, account_task_id: UUID) -> TaskRunQuerySet:
    """The runs of an account task of the caller's. Raises Http404 if that is not there."""
    account_task = get_object_or_404(own_account_tasks(request), pk=account_task_id)
    return TaskRun.objects.filter(account_task=account_task)


def answer(run: TaskRun, *, status: int = 200, **headers: str) -> Response:
    return Response(RunDetailResponse(run).data, status=status, headers=headers)


class RunsView(APIView):
    """The history of an account task."""

    http_method_names = ["get", "head"]
    section = "Runs"
    sample_path = {"id": samples.ACCOUNT_TASK}

    @operation(answer=RunResponse, is_list=True, query=RunsQuery)
    def get(self, request: Request, id: UUID) -> Response:
        """
        List the runs of an account task

        The newest first, page by page: the `Link` header leads to the next page. Skipped slots are in it too, with the
        reason.
        """
        return paging.answer(request, RunsQuery, RunResponse, own_runs(request, id).filter)


class RunView(APIView):
    """One of them."""

    http_method_names = ["get", "head"]
    section = "Runs"
    sample_path = {"id": samples.ACCOUNT_TASK, "run": samples.RUN}

    @operation(answer=RunDetailResponse)
    def get(self, request: Request, id: UUID, run: UUID) -> Response:
        """
        Read a run

        With its attempts: how each ended, and the lines that the handler has logged.
        """
        return answer(get_object_or_404(own_runs(request, id), pk=run))


class RunRetryView(APIView):
    """A run again."""

    http_method_names = ["post"]
    section = "Runs"
    sample_path = {"id": samples.ACCOUNT_TASK, "run": samples.RUN}

    @operation(
        answer=RunDetailResponse,
        status=201,
        refuses=("TASK_NOT_FOUND", "RUN_IN_PROGRESS"),
        is_create=True,
        sample=AGAIN,
    )
    def post(self, request: Request, id: UUID, run: UUID) -> Response:
        """
        Run a finished run again

        A new run without a slot, linked to the old one by RetryOf. The parameters are those that the account task has
        now.
        """
        old = get_object_or_404(own_runs(request, id).select_related("account_task__account"), pk=run)
        new = dispatch.run_again(old, by=caller_of(request), now=clock.now())
        return answer(new, status=201, Location=f"/api/v2/admin/tasks/account/{id}/runs/{new.pk}")


class RunCancelView(APIView):
    """A run stopped."""

    http_method_names = ["post"]
    section = "Runs"
    sample_path = {"id": samples.ACCOUNT_TASK, "run": samples.RUN}

    @operation(answer=RunDetailResponse, refuses=("RUN_FINISHED",), sample=CANCELLED)
    def post(self, request: Request, id: UUID, run: UUID) -> Response:
        """
        Cancel a run

        One that is queued is cancelled at once. One that is running is asked to stop, and is CANCELLED when it does.
        """
        found = get_object_or_404(own_runs(request, id), pk=run)
        return answer(running.cancel(found, by=caller_of(request), now=clock.now()))
