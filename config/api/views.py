"""What the API says where there is no endpoint, and where Django itself gave up."""

import sys
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from config.api.exceptions import NOT_FOUND, Failure, incident
from config.api.negotiation import answer_format
from config.api.paths import is_of_the_api
from config.api.renderers import failure_as_bytes


class UnknownPath(APIView):
    """404 for any method and any caller: that a path is unknown is no secret."""

    authentication_classes = ()
    permission_classes = ()
    schema = None
    http_method_names = []

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound(NOT_FOUND)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler400: for what Django refuses before any view, such as a Host that is not one of ours."""
    if is_of_the_api(request.path_info):
        reason = "The request is not one that this service answers: check its Host header."
        return _answer(request, Failure(400, "INVALID_REQUEST", reason))
    return defaults.bad_request(request, exception)


def refuse_plain_http(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """
    Middleware, before the redirect to TLS, which is for browsers. A client that is sent on would hand out its token in
    clear with each call, and nobody would notice.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and is_of_the_api(request.path_info):
            reason = "Call this service by https. What was sent by http may have been read: get a new secret or token."
            return _answer(request, Failure(403, "FORBIDDEN", reason))
        return get_response(request)

    return middleware


def server_error(request: HttpRequest) -> HttpResponseBase:
    """handler500: for what goes wrong outside of a view of the API."""
    if is_of_the_api(request.path_info):
        return _answer(request, incident(sys.exc_info()[1]))
    return defaults.server_error(request)


def _answer(request: HttpRequest, failure: Failure) -> HttpResponse:
    media_type, charset = answer_format(request.META)
    body = failure_as_bytes(failure.code, failure.reason, media_type, charset)
    return HttpResponse(body, content_type=f"{media_type}; charset={charset}", status=failure.status)
