"""
Metrics of requests: how many, how long. Each process of the web server counts in a file of METRICS_FOLDER, and
`run_metrics` adds them up.
"""

import time
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
DOORS: Final = {"api": "api", "token": "token", "oauth": "token", "admin": "admin", "help": "help", "static": "static"}
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds

requests = Counter("account_tasks_requests", "Requests that were answered.", ["door", "method", "status"])
durations = Histogram("account_tasks_request_seconds", "From a request to its answer.", ["door"], buckets=BUCKETS)


def count(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, the outermost. Labels have few values, whatever is asked for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        observe(request, response.status_code, time.perf_counter() - began)
        return response

    return middleware


def observe(request: HttpRequest, status: int, seconds: float) -> None:
    """One more that was answered so."""
    door = DOORS.get(request.path_info.strip("/").partition("/")[0].lower(), "pages")
    method = request.method if request.method in METHODS else "other"
    requests.labels(door, method, status).inc()
    durations.labels(door).observe(seconds)
