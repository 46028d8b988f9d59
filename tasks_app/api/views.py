"""Account tasks over HTTP: translate in, one call, translate out."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients_app.callers import caller_of
from tasks_app import clock, dispatch, registration
from tasks_app.api.serializers import (
    AccountTaskRequest,
    AccountTaskResponse,
    AccountTaskRunRequest,
    AccountTaskUpdateRequest,
)
from tasks_app.models import AccountTask
from tasks_app.models.task_run import Trigger


class AccountTasksView(APIView):
    """The tasks that are registered on the caller's account."""

    http_method_names = ["post"]
    request_serializer = AccountTaskRequest
    response_serializer = AccountTaskResponse

    def post(self, request: Request) -> Response:
        """Register a task of the catalogue on the account."""
        asked = AccountTaskRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        caller = caller_of(request)
        account_task = registration.register(client=caller.client, by=caller, now=clock.now(), **asked.validated_data)
        location = f"/api/v2/admin/tasks/account/{account_task.pk}"
        return Response(AccountTaskResponse(account_task).data, status=201, headers={"Location": location})


class AccountTaskRunView(APIView):
    """A run beside the schedule."""

    http_method_names = ["post"]

    def post(self, request: Request) -> Response:
        """Run the account task that the query names, at once; its run is queued when the answer comes."""
        asked = AccountTaskRunRequest(data=_in_any_case(request))
        asked.is_valid(raise_exception=True)
        caller = caller_of(request)
        own = AccountTask.objects.for_account(caller.account)
        account_task = get_object_or_404(own, pk=asked.validated_data["id"])
        dispatch.run_now(account_task, trigger=Trigger.API, by=caller, now=clock.now())
        return Response({})


def _in_any_case(request: Request) -> dict[str, str]:
    """The query's members by their names in lower case: like those of bodies they may come in any."""
    return {name.lower(): request.GET[name] for name in request.GET}


class AccountTaskView(APIView):
    """One of them."""

    http_method_names = ["get", "head", "put"]
    request_serializer = AccountTaskUpdateRequest
    response_serializer = AccountTaskResponse

    def get(self, request: Request, id: UUID) -> Response:
        """The account task as it stands."""
        return Response(AccountTaskResponse(self._account_task(request, id)).data)

    def put(self, request: Request, id: UUID) -> Response:
        """Replace all of it but its client; Enabled may be left out."""
        asked = AccountTaskUpdateRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        account_task = registration.change(
            self._account_task(request, id), by=caller_of(request), now=clock.now(), **asked.validated_data
        )
        return Response(AccountTaskResponse(account_task).data)

    def _account_task(self, request: Request, id: UUID) -> AccountTask:
        own = AccountTask.objects.for_account(caller_of(request).account)
        return get_object_or_404(own.select_related("task"), pk=id)
