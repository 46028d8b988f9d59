"""
The express lane: where a call that `tasks_app.api.express` can do in full leaves the middlewares and DRF aside. It
answers what the usual road would have answered, header by header; only the time that it takes is another.

It has two entrances. `Lane` is asked before Django, and needs nothing of Django's but the request. Where that is not in
use (tests, spans around each request) the middleware `lane` does the same.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.utils.module_loading import import_string
from structlog.contextvars import clear_contextvars

from clients_app import tracing
from clients_app.api import versions
from config import headers
from config.api import envelope, limits, media_types, negotiation, renderers
from tasks_app.api import express, plain, views

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

CONTENT_TYPES: Final = {
    f"{name}{charset}": name
    for name in ("application/json", "application/xml")
    for charset in ("", "; charset=utf-8", ";charset=utf-8", "; charset=UTF-8")
}
OPERATION: Final[Any] = views.AccountTasksView.post.operation  # type: ignore[attr-defined]
STATUS: Final = f"{OPERATION.status:d} {HTTPStatus(OPERATION.status).phrase}"
ALWAYS: Final = {"Vary": "Accept", "Allow": "GET, HEAD, POST", "X-Frame-Options": "DENY"}
REQUEST: Final = "account_tasks.request"  # in the environ: the one that the lane has looked at already

Headers = dict[str, str]


class Answer(NamedTuple):
    """headers: those of this answer alone."""

    headers: Headers
    body: bytes


class Lane:
    """seat: to be taken for as long as the database is asked."""

    def __init__(self, seat: express.Seat) -> None:
        self._free_seat = seat
        self._of_any_answer: dict[bool, Headers] = {}
        self._observe = import_string("config.metrics.observe") if settings.METRICS_FOLDER else None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes] | None:
        """None if Django has to answer, which goes on with the same request then."""
        if _is_for_it(environ):
            began, request = time.perf_counter(), WSGIRequest(environ)
            is_secure = request.is_secure()
            if is_secure or not settings.SECURE_SSL_REDIRECT:
                answer = self._tried(request)
                if answer is not None:
                    told = self._always(request, is_secure) | limits.headers_of(request) | answer.headers
                    start_response(STATUS, [*told.items()])
                    if self._observe:
                        self._observe(request, OPERATION.status, time.perf_counter() - began)
                    return [answer.body]
                environ[REQUEST] = request
        return None

    @contextmanager
    def _seat(self) -> Iterator[None]:
        with self._free_seat():
            connection.close_if_unusable_or_obsolete()  # as Django does before each request
            yield

    def _tried(self, request: WSGIRequest) -> Answer | None:
        clear_contextvars()  # what is said of what goes wrong here is said there
        tried: Any = request
        tried.is_tried, tried.lane_error = True, None
        try:
            return _answer(request, seat=self._seat)
        except Exception as error:
            tried.lane_error = error
            return None

    def _always(self, request: HttpRequest, is_secure: bool) -> Headers:
        """What the middlewares outside of the lane add to any answer."""
        if is_secure not in self._of_any_answer:
            secure: Any = SecurityMiddleware(lambda request: HttpResponse(headers=ALWAYS))
            answer = headers.always(secure)(request)
            self._of_any_answer[is_secure] = dict(answer.items())
        return self._of_any_answer[is_secure]


class Handler(WSGIHandler):
    """Django's, for what the lane leaves to it. What has gone wrong in the lane is answered here."""

    def request_class(self, environ: "WSGIEnvironment") -> WSGIRequest:  # type: ignore[override]
        request: WSGIRequest = environ.pop(REQUEST, None) or WSGIRequest(environ)
        return request


def lane(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: outside of it stands whatever adds a header to any answer."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if error := getattr(request, "lane_error", None):
            raise error
        is_new = not hasattr(request, "is_tried")
        if is_new and _is_for_it(request.META) and (answer := _answer(request)):
            return HttpResponse(answer.body, status=OPERATION.status, headers=ALWAYS | answer.headers)
        return get_response(request)

    return middleware


def _is_for_it(environ: dict[str, Any]) -> bool:
    """As far as that is seen at once."""
    is_create = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].lower().removesuffix("/") in express.PATHS
    return is_create and environ.get("CONTENT_TYPE") in CONTENT_TYPES


def _answer(request: HttpRequest, *, seat: express.Seat = nullcontext) -> Answer | None:
    """None if it has to go the usual road."""
    wanted = request.META.get
    content_type = wanted("CONTENT_TYPE", "")
    account_task = express.register(request, CONTENT_TYPES[content_type], seat=seat)
    if account_task is None:
        return None
    client = account_task.client
    tracing.about(account=account_task.account_id, client=client.pk, user=client.user_id, account_task=account_task.pk)
    media_type, charset = _format(wanted("HTTP_ACCEPT", ""), wanted("HTTP_ACCEPT_CHARSET", ""), content_type)
    document = envelope.success(plain.detail(account_task), client.user_id)
    if media_type in media_types.XML:
        text = renderers.to_xml(envelope.in_xml_order(document), OPERATION)
    else:
        text = renderers.to_json(document)
    body = renderers.encoded(text, charset)
    told = {
        "Content-Type": f"{media_type}; charset={charset}",
        "Content-Length": str(len(body)),
        "Location": views.location_of(account_task),
        **versions.etag(account_task.version),
    }
    return Answer(told, body)


@lru_cache(maxsize=1_000)
def _format(accept: str, accept_charset: str, content_type: str) -> tuple[str, str]:
    return negotiation.answer_format(
        {"HTTP_ACCEPT": accept, "HTTP_ACCEPT_CHARSET": accept_charset, "CONTENT_TYPE": content_type}
    )
