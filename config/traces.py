"""Traces of requests: a span for each, named by method and route. No path or query is told: it may be secret."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from clients_app import tracing
from config.metrics import METHODS
from tasks_app.api import express

OF_CREATES: Final = "api/v[12]/admin/tasks/account"  # of the express lane, which asks for no route

Answer = Callable[[HttpRequest], HttpResponseBase]


def of_requests(get_response: Answer) -> Answer:
    """
    Around all middlewares, and around what Django logs of a request that failed, which comes after them. What a caller
    says of a trace of its own is not heeded: anybody could have each call recorded.
    """

    def traced(request: HttpRequest) -> HttpResponseBase:
        method = request.method if request.method in METHODS else "_OTHER"
        with tracing.span(method, {"http.request.method": method}, kind="server"):
            response = get_response(request)
            route = _route_of(request)
            tracing.rename(f"{method} {route}".rstrip())
            tracing.about(**{"http.route": route or None, "http.response.status_code": response.status_code})
            tracing.about(**_rows_of(request, route))
            if response.status_code >= 500:
                tracing.fail()
            return response

    return traced


def _route_of(request: HttpRequest) -> str:
    """As it stands in the urlpatterns; nothing for what has none."""
    if request.resolver_match:
        return request.resolver_match.route.removeprefix("^")
    return OF_CREATES if request.path_info in express.PATHS else ""


def _rows_of(request: HttpRequest, route: str) -> dict[str, object]:
    """The account task and the run whose IDs stand in the path."""
    named = request.resolver_match.kwargs if request.resolver_match else {}
    if "tasks/account/" in route:
        return {"account_task": named.get("id"), "run": named.get("run")}
    return {"account_task": named.get("id")} if route.startswith("tasks/<") else {}
