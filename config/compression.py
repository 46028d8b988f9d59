"""Pages are compressed; answers of the API are not, which is part of what it promises."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from config.api.paths import is_of_the_api


def of_pages(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """
    Middleware. Django's own adds bytes at random, so that nobody learns from the length what stands in a page, and the
    token in each form has another mask each time.
    """
    compressed: Callable[[HttpRequest], Any] = GZipMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return get_response(request) if is_of_the_api(request.path_info) else compressed(request)

    return middleware
