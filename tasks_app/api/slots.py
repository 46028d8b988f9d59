"""When something would run."""

from datetime import datetime
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients_app.api import queries, samples
from clients_app.api.operations import operation
from clients_app.callers import caller_of
from tasks_app import clock
from tasks_app.api.queries import SlotsQuery
from tasks_app.api.requests import ScheduleRequest
from tasks_app.api.responses import ScheduleResponse
from tasks_app.api.views import own_account_tasks


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
