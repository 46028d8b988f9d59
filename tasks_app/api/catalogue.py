"""The catalogue over HTTP: what an account can register."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients_app.api import paging, samples
from clients_app.api.operations import operation
from tasks_app.api.queries import TasksQuery
from tasks_app.api.responses import TaskResponse
from tasks_app.models import Task


class TasksView(APIView):
    """The catalogue."""

    http_method_names = ["get", "head"]
    section = "Catalogue"

    @operation(answer=TaskResponse, is_list=True, query=TasksQuery)
    def get(self, request: Request) -> Response:
        """
        List the catalogue

        The tasks that can be registered, by name; those that are switched off are left out.
        """
        return paging.answer(request, TasksQuery, TaskResponse, Task.objects.enabled().filter)


class TaskView(APIView):
    """One of its tasks."""

    http_method_names = ["get", "head"]
    section = "Catalogue"
    sample_path = {"id": samples.TASK}

    @operation(answer=TaskResponse)
    def get(self, request: Request, id: UUID) -> Response:
        """
        Read a task of the catalogue

        With the JSON Schema that the Parameters of its registrations must satisfy.
        """
        return Response(TaskResponse(get_object_or_404(Task.objects.enabled(), pk=id)).data)
