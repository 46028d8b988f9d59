"""Paths of the API are the same in any case and with or without a trailing slash; the URL patterns know one form."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

OF_THE_API = re.compile(r"/(?:api(?:/.*)?|token/?|oauth/token/?)", re.IGNORECASE | re.ASCII | re.DOTALL)


def is_of_the_api(path: str) -> bool:
    return OF_THE_API.fullmatch(path) is not None


def normalize(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: hands such a path on in lower case, without its trailing slash."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_of_the_api(request.path_info):
            # Only A-Z change: bytes know no other alphabet, so no foreign letter becomes one of ours.
            request.path_info = request.path_info.encode().lower().decode().removesuffix("/")
        return get_response(request)

    return middleware
