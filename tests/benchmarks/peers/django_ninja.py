"""
django-ninja: Django's ORM with Pydantic's schemas. Its connections stay open, and granian serves it as it serves the
product.

What the product does besides is what the floor leaves out too.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.security import HttpBearer

from tests.benchmarks.peers import rows, wire
from tests.benchmarks.peers.models import AccountTask, Task, Token
from tests.benchmarks.peers.requests import AccountTaskRequest


class Bodies(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        return wire.members(request.body, request.headers.get("Content-Type", ""))


class Answers(BaseRenderer):
    media_type = wire.JSON

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        body, _ = wire.written(data, request.headers.get("Accept", ""))
        return body


class Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> Any:
        found = Token.of(rows.digest(token))
        return found and found.client


api = NinjaAPI(parser=Bodies(), renderer=Answers(), auth=Bearer(), docs_url=None)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return api.create_response(request, wire.failure("INVALID_REQUEST", str(error.errors)), status=400)


@api.post("tasks/account", response={201: dict})
def register(request: HttpRequest, asked: AccountTaskRequest) -> tuple[int, dict[str, Any]]:
    client = request.auth
    task = Task.objects.filter(is_enabled=True, pk=asked.TaskID).first()
    if task is None:
        raise HttpError(404, "TaskID is not in the catalogue of tasks.")
    row = AccountTask.objects.create(
        account_id=client.account_id,
        client=client,
        task=task,
        **asked.columns,
        modified_by=client.user.email,
    )
    return 201, wire.success(wire.detail(row, task.name), client.user_id)


urlpatterns = [path("api/v2/admin/", api.urls)]
