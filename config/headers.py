"""Headers of every answer that neither Django nor django-csp writes."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# What the pages never ask a browser for, so that a script that got in could not either.
NOT_NEEDED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
POLICY = ", ".join(f"{feature}=()" for feature in NOT_NEEDED)


def permissions_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: adds Permissions-Policy."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Permissions-Policy"] = POLICY
        return response

    return middleware
