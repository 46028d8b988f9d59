"""What is left of the calls that a caller may make, in the headers of every answer."""

import math
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def tell(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: adds RateLimit-Limit, -Remaining and -Reset (in seconds) where calls are counted."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        budget = getattr(request, "call_budget", None)
        if budget is not None:
            response["RateLimit-Limit"] = str(budget.most)
            response["RateLimit-Remaining"] = str(max(budget.left, 0))
            response["RateLimit-Reset"] = str(math.ceil(budget.wait.total_seconds()))
        return response

    return middleware
