"""
The express lane: where a call that `tasks_app.api.express` can do in full leaves the middlewares and DRF aside. It
answers what the usual road would have answered, header by header; only the time that it takes is another.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from clients_app import tracing
from clients_app.api import versions
from config.api import envelope, media_types, negotiation, renderers
from tasks_app.api import express, plain, views
from tasks_app.models import AccountTask

CONTENT_TYPES: Final = {
    f"{name}{charset}": name
    for name in ("application/json", "application/xml")
    for charset in ("", "; charset=utf-8", ";charset=utf-8", "; charset=UTF-8")
}
OPERATION: Final[Any] = views.AccountTasksView.post.operation  # type: ignore[attr-defined]
ALWAYS: Final = {"Vary": "Accept", "Allow": "GET, HEAD, POST", "X-Frame-Options": "DENY"}


def lane(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: outside of it stands whatever adds a header to any answer."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST" and request.path_info in express.PATHS:
            media_type = CONTENT_TYPES.get(request.META.get("CONTENT_TYPE", ""))
            account_task = express.register(request, media_type) if media_type else None
            if account_task:
                return _answer(request, account_task)
        return get_response(request)

    return middleware


def _answer(request: HttpRequest, account_task: AccountTask) -> HttpResponse:
    client = account_task.client
    tracing.about(account=account_task.account_id, client=client.pk, user=client.user_id, account_task=account_task.pk)
    wanted = request.META.get
    media_type, charset = _format(
        wanted("HTTP_ACCEPT", ""), wanted("HTTP_ACCEPT_CHARSET", ""), wanted("CONTENT_TYPE", "")
    )
    document = envelope.success(plain.detail(account_task), client.user_id)
    if media_type in media_types.XML:
        text = renderers.to_xml(envelope.in_xml_order(document), OPERATION)
    else:
        text = renderers.to_json(document)
    body = renderers.encoded(text, charset)
    headers = {
        "Content-Type": f"{media_type}; charset={charset}",
        "Content-Length": str(len(body)),
        "Location": views.location_of(account_task),
        **versions.etag(account_task.version),
        **ALWAYS,
    }
    return HttpResponse(body, status=OPERATION.status, headers=headers)


@lru_cache(maxsize=1_000)
def _format(accept: str, accept_charset: str, content_type: str) -> tuple[str, str]:
    return negotiation.answer_format(
        {"HTTP_ACCEPT": accept, "HTTP_ACCEPT_CHARSET": accept_charset, "CONTENT_TYPE": content_type}
    )
