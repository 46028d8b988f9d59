"""Headers of every answer that Django does not write. They are always the same."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# What the pages never ask a browser for, so that a script that got in could not either.
NOT_NEEDED: Final = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
SOURCES: Final = {
    "default-src": "'none'",
    "object-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{directive} {sources}" for directive, sources in SOURCES.items()),
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in NOT_NEEDED),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",  # Django writes it too, but not where it is not asked any more
}
# Unless the answer says otherwise, as static files do: what somebody saw stays in no browser and no proxy.
NOT_KEPT: Final = "no-store"


def always(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: around all that follows, so that what is refused early has the headers too."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in HEADERS.items():
            response[name] = value
        response.headers.setdefault("Cache-Control", NOT_KEPT)
        return response

    return middleware
