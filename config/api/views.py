"""What the API says where there is no endpoint, and where Django itself gave up."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views import defaults
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from config.api import envelope
from config.api.exceptions import NOT_FOUND
from config.api.paths import is_of_the_api


class UnknownPath(APIView):
    """404 for any method and any caller: that a path is unknown is no secret."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound(NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """handler500: for what goes wrong outside of a view of the API. Django has logged the traceback."""
    if is_of_the_api(request.path):
        return JsonResponse(envelope.failure("INTERNAL_ERROR", "An error has occurred."), status=500)
    return defaults.server_error(request)
