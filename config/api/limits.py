"""What is left of the calls that a caller may make, in the headers of every answer."""

import math
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def tell(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: adds `headers_of` a call to its answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in headers_of(request).items():
            response[name] = value
        return response

    return middleware


def headers_of(request: HttpRequest) -> dict[str, str]:
    """RateLimit-Limit, -Remaining and -Reset (in seconds), if the call was counted."""
    budget = getattr(request, "call_budget", None)
    if budget is None:
        return {}
    return {
        "RateLimit-Limit": str(budget.most),
        "RateLimit-Remaining": str(max(budget.left, 0)),
        "RateLimit-Reset": str(math.ceil(budget.wait.total_seconds())),
    }
