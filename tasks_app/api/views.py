"""Account tasks over HTTP: translate in, one call, translate out."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients_app.api import paging, queries, samples, versions
from clients_app.api.operations import operation
from clients_app.callers import caller_of
from tasks_app import clock, dispatch, registration
from tasks_app.api import plain
from tasks_app.api.queries import AccountTasksQuery, RunNowQuery
from tasks_app.api.requests import (
    AccountTaskPatchRequest,
    AccountTaskRequest,
    AccountTaskUpdateRequest,
    registration_of,
)
from tasks_app.api.responses import AccountTaskResponse
from tasks_app.models import AccountTask
from tasks_app.models.account_task import AccountTaskQuerySet
from tasks_app.models.task_run import Trigger


def own_account_tasks(request: Request) -> AccountTaskQuerySet:
    return AccountTask.objects.for_account(caller_of(request).account).select_related("task", "account")


def answer(account_task: AccountTask, *, status: int = 200, **headers: str) -> Response:
    """The account task, with the version that If-Match may name."""
    data = plain.detail(account_task)
    return Response(data, status=status, headers=headers | versions.etag(account_task.version))


def location_of(account_task: AccountTask) -> str:
    return f"/api/v2/admin/tasks/account/{account_task.pk}"


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
        rows_of = own_account_tasks(request).matching
        return paging.answer(request, AccountTasksQuery, AccountTaskResponse, rows_of, detail=plain.detail)

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
        asked, caller = registration_of(request.data), caller_of(request)
        now = caller.at or clock.now()
        account_task = registration.register(client=caller.client, by=caller, now=now, **asked)
        return answer(account_task, status=201, Location=location_of(account_task))


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
