"""Account tasks over HTTP: translate in, one call, translate out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients_app.api import paging, queries, samples, versions
from clients_app.api.operations import operation
from clients_app.callers import caller_of
from clients_app.exceptions import Refusal
from tasks_app import clock, dispatch, registration
from tasks_app.api.queries import AccountTasksQuery, RunNowQuery, SlotsQuery
from tasks_app.api.requests import (
    AccountTaskPatchRequest,
    AccountTaskRequest,
    AccountTaskUpdateRequest,
    BatchRequest,
    ScheduleRequest,
)
from tasks_app.api.responses import AccountTaskResponse, BatchItemResponse, ScheduleResponse
from tasks_app.models import AccountTask
from tasks_app.models.account_task import AccountTaskQuerySet
from tasks_app.models.task_run import Trigger

LARGEST_BATCH = 8 * 2**20  # bytes of a body
MOST_SAID = 20  # wrong items that the refusal of a batch names


def own_account_tasks(request: Request) -> AccountTaskQuerySet:
    return AccountTask.objects.for_account(caller_of(request).account).select_related("task", "account")


def answer(account_task: AccountTask, *, status: int = 200, **headers: str) -> Response:
    """The account task, with the version that If-Match may name."""
    data = AccountTaskResponse(account_task).data
    return Response(data, status=status, headers=headers | versions.etag(account_task.version))


class AccountTasksView(APIView):
    """The tasks that are registered on the caller's account."""

    http_method_names = ["get", "head", "post"]
    section = "Account tasks"

    @operation(answer=AccountTaskResponse, is_list=True, query=AccountTasksQuery)
    def get(self, request: Request) -> Response:
        """
        List account tasks

        Those of the account, the newest first, page by page: the `Link` header leads to the next page. Filters narrow
        it down; several of them must all be true.
        """
        return paging.answer(request, AccountTasksQuery, AccountTaskResponse, own_account_tasks(request).matching)

    @operation(
        request=AccountTaskRequest,
        answer=AccountTaskResponse,
        status=201,
        refuses=("TASK_NOT_FOUND", "CLIENT_REQUIRED"),
        is_create=True,
        has_version=True,
    )
    def post(self, request: Request) -> Response:
        """
        Register a task on the account

        The task runs on its schedule from now on. Slots are counted from StartDate, in the time zone of the account;
        those in the past are not caught up.
        """
        asked = AccountTaskRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        caller = caller_of(request)
        account_task = registration.register(client=caller.client, by=caller, now=clock.now(), **asked.validated_data)
        return answer(account_task, status=201, Location=f"/api/v2/admin/tasks/account/{account_task.pk}")


class AccountTaskBatchView(APIView):
    """Many account tasks at once."""

    http_method_names = ["post"]
    section = "Account tasks"

    @operation(
        request=BatchRequest,
        answer=BatchItemResponse,
        is_list=True,
        refuses=("TASK_NOT_FOUND", "CLIENT_REQUIRED"),
        is_create=True,
        takes_forms=False,
        largest_body=LARGEST_BATCH,
    )
    def post(self, request: Request) -> Response:
        """
        Register many tasks in one call

        Up to 1,000 items in 8 MiB of JSON or XML. Each has its own result, in the order of the items, as if it had come
        alone; the status is 200 even if all were refused. With AllOrNothing a single wrong item makes the whole call an
        error, whose reason names the wrong items, and nothing is registered.
        """
        asked = BatchRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        items = asked.validated_data["items"]
        if not asked.validated_data["is_all_or_nothing"]:
            return Response([self._result(request, item) for item in items])
        with transaction.atomic():
            results = [self._result(request, item) for item in items]
            wrong = [(number, result) for number, result in enumerate(results) if result["Error"]]
            if wrong:
                raise WrongItems(wrong)
        return Response(results)

    def _result(self, request: Request, item: Any) -> dict[str, Any]:
        caller = caller_of(request)
        try:
            asked = AccountTaskRequest(data=item)
            asked.is_valid(raise_exception=True)
            row = registration.register(client=caller.client, by=caller, now=clock.now(), **asked.validated_data)
        except (serializers.ValidationError, ValidationError, Refusal) as error:
            context = self.get_exception_handler_context() | {"shape": AccountTaskRequest}
            refusal = self.get_exception_handler()(error, context)
            assert refusal is not None  # noqa: S101 (ours lets nothing through)
            return {"Status": refusal.status_code, "Error": refusal.data["Error"], "Detail": None}
        return {"Status": 201, "Error": None, "Detail": AccountTaskResponse(row).data}


class WrongItems(Refusal):
    """Some items of a batch that was to be registered as a whole."""

    def __init__(self, wrong: list[tuple[int, dict[str, Any]]]) -> None:
        codes = {result["Error"]["ErrorCode"] for _, result in wrong}
        self.error_code = codes.pop() if len(codes) == 1 else "INVALID_REQUEST"
        said = [f"Items[{number}]: {result['Error']['ErrorReason']}" for number, result in wrong[:MOST_SAID]]
        more = len(wrong) - len(said)
        Exception.__init__(self, " ".join([*said, f"And {more} more."] if more else said))


class AccountTaskRunView(APIView):
    """A run beside the schedule."""

    http_method_names = ["post"]
    section = "Account tasks"

    @operation(query=RunNowQuery, refuses=("TASK_NOT_FOUND", "RUN_IN_PROGRESS"), is_create=True)
    def post(self, request: Request) -> Response:
        """
        Run an account task now

        Beside its schedule, and also while it is paused. The run is queued when the answer comes. There is never more
        than one run of an account task at a time.
        """
        asked = queries.read(request, RunNowQuery, is_strict=False)
        account_task = get_object_or_404(own_account_tasks(request), pk=asked["id"])
        dispatch.run_now(account_task, trigger=Trigger.API, by=caller_of(request), now=clock.now())
        return Response({})


class AccountTaskView(APIView):
    """One of them."""

    http_method_names = ["get", "head", "put", "patch", "delete"]
    section = "Account tasks"
    sample_path = {"id": samples.ACCOUNT_TASK}

    @operation(answer=AccountTaskResponse, has_version=True)
    def get(self, request: Request, id: UUID) -> Response:
        """
        Read an account task

        As it stands now. The `ETag` header names its version, for If-Match of a later change.
        """
        return answer(get_object_or_404(own_account_tasks(request), pk=id))

    @operation(
        request=AccountTaskUpdateRequest,
        answer=AccountTaskResponse,
        refuses=("TASK_NOT_FOUND",),
        has_version=True,
        is_locking=True,
    )
    def put(self, request: Request, id: UUID) -> Response:
        """
        Replace an account task

        All of it but its client; what is absent gets its default, only Enabled stays as it is. An edit never fires a
        run by itself: it goes on with the next slot to come.
        """
        asked = AccountTaskUpdateRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        account_task = get_object_or_404(own_account_tasks(request), pk=id)
        return answer(self._changed(request, account_task, asked.validated_data))

    @operation(
        request=AccountTaskPatchRequest,
        answer=AccountTaskResponse,
        refuses=("TASK_NOT_FOUND",),
        has_version=True,
        is_locking=True,
    )
    def patch(self, request: Request, id: UUID) -> Response:
        """
        Change some members of an account task

        What is absent stays as it is; a date that is null is taken away. An edit never fires a run by itself.
        """
        body = request.data  # read before the row is locked, for it may take long to come
        if request.stream is None:
            raise serializers.ValidationError({"The body": ["is empty"]})  # no member is required: it would be right
        with transaction.atomic():
            account_task = get_object_or_404(own_account_tasks(request).select_for_update(of=("self",)), pk=id)
            asked = AccountTaskPatchRequest(account_task, data=body)
            asked.is_valid(raise_exception=True)
            return answer(self._changed(request, account_task, asked.validated_data))

    @operation(is_locking=True)
    def delete(self, request: Request, id: UUID) -> Response:
        """
        Delete an account task

        It is hidden at once and runs no more. For 30 days it can be restored.
        """
        account_task = get_object_or_404(own_account_tasks(request), pk=id)
        asked = versions.asked_for(request)
        registration.remove(account_task, by=caller_of(request), now=clock.now(), versions=asked)
        return Response({})

    def _changed(self, request: Request, account_task: AccountTask, values: dict[str, Any]) -> AccountTask:
        asked = versions.asked_for(request)
        return registration.change(account_task, by=caller_of(request), now=clock.now(), versions=asked, **values)


class AccountTaskRestoreView(APIView):
    """A deletion taken back."""

    http_method_names = ["post"]
    section = "Account tasks"
    sample_path = {"id": samples.ACCOUNT_TASK}

    @operation(answer=AccountTaskResponse, has_version=True)
    def post(self, request: Request, id: UUID) -> Response:
        """
        Restore a deleted account task

        Within 30 days of its deletion. It goes on with the next slot to come.
        """
        caller, now = caller_of(request), clock.now()
        deleted = AccountTask.objects.deleted_of(caller.account, now).select_related("account")
        return answer(registration.restore(get_object_or_404(deleted, pk=id), by=caller, now=now))


class AccountTaskEnableView(APIView):
    """Resuming."""

    http_method_names = ["post"]
    section = "Account tasks"
    sample_path = {"id": samples.ACCOUNT_TASK}
    is_enabled = True

    @operation(answer=AccountTaskResponse, has_version=True, is_locking=True)
    def post(self, request: Request, id: UUID) -> Response:
        """
        Resume a paused account task

        It goes on with the next slot to come; what was missed is not caught up. Nothing happens if it is not paused.
        """
        return self._set(request, id)

    def _set(self, request: Request, id: UUID) -> Response:
        account_task = get_object_or_404(own_account_tasks(request), pk=id)
        asked = versions.asked_for(request)
        by, now = caller_of(request), clock.now()
        return answer(registration.set_enabled(account_task, self.is_enabled, by=by, now=now, versions=asked))


class AccountTaskDisableView(AccountTaskEnableView):
    """Pausing."""

    is_enabled = False

    @operation(answer=AccountTaskResponse, has_version=True, is_locking=True, sample={"Enabled": False})
    def post(self, request: Request, id: UUID) -> Response:
        """
        Pause an account task

        It has no next run until it is resumed; a run that goes on is finished. Nothing happens if it is paused already.
        """
        return self._set(request, id)


class AccountTaskScheduleView(APIView):
    """When an account task runs."""

    http_method_names = ["get", "head"]
    section = "Account tasks"
    sample_path = {"id": samples.ACCOUNT_TASK}

    @operation(answer=ScheduleResponse, query=SlotsQuery)
    def get(self, request: Request, id: UUID) -> Response:
        """
        Preview the slots of an account task

        The next slots at which it is due; none while it is paused.
        """
        count = queries.read(request, SlotsQuery)["count"]
        account_task = get_object_or_404(own_account_tasks(request), pk=id)
        return _slots(request, account_task.slots_to_come(count))


class SchedulePreviewView(APIView):
    """When something would run."""

    http_method_names = ["post"]
    section = "Account tasks"

    @operation(
        request=ScheduleRequest,
        answer=ScheduleResponse,
        query=SlotsQuery,
        sample={"Slots": ["2030-01-31T08:00:00+00:00", "2030-02-28T08:00:00+00:00"]},
    )
    def post(self, request: Request) -> Response:
        """
        Preview the slots of a schedule

        The slots that it would have if it were registered now. Nothing is registered.
        """
        count = queries.read(request, SlotsQuery)["count"]
        asked = ScheduleRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        now, zone = clock.now(), caller_of(request).account.zone
        timetable = asked.validated_data["schedule"].timetable(registered_at=now, zone=zone)
        return _slots(request, timetable.beginning_at(timetable.first_run_at(now), count))


def _slots(request: Request, slots: list[datetime]) -> Response:
    zone = caller_of(request).account.time_zone
    return Response(ScheduleResponse({"TimeZone": zone, "Slots": slots}).data)
