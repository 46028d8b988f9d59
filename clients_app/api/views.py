"""The front door over HTTP: tokens and clients."""

import math

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients_app import clients, limits, tokens
from clients_app.api.serializers import ClientRequest, ClientResponse
from clients_app.callers import address_of, caller_of


@csrf_exempt
def token(request: HttpRequest) -> HttpResponse:
    """`POST /Token`: client ID and secret for an access token. The one endpoint outside of the envelope: RFC 6749."""
    if request.META["REQUEST_METHOD"] != "POST":
        return _token_error(405, "invalid_request", "Use POST.", Allow="POST")
    try:
        body = request.body.decode("utf-8", "replace")
        headers, answer, status = tokens.issue(
            body=body, authorization=request.headers.get("Authorization", ""), address=address_of(request)
        )
    except RequestDataTooBig:
        return _token_error(413, "invalid_request", "The body is too large.")
    except limits.LimitReached as error:
        wait = str(math.ceil(error.wait.total_seconds()))
        reason = f"Too many wrong secrets: try again in {wait} s."
        return _token_error(429, "temporarily_unavailable", reason, **{"Retry-After": wait})
    return HttpResponse(answer, status=status, headers=headers)


def _token_error(status: int, error: str, description: str, **headers: str) -> HttpResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status, headers=headers)


class ClientsView(APIView):
    """The clients of the caller's account."""

    http_method_names = ["post"]
    request_serializer = ClientRequest
    response_serializer = ClientResponse

    def post(self, request: Request) -> Response:
        """Register a client. Its secret is in this answer and never again."""
        asked = ClientRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        caller = caller_of(request)
        new = clients.register(account=caller.account, by=caller, **asked.validated_data)
        answer = ClientResponse(new.client, context={"secret": new.secret})
        return Response(answer.data, status=201, headers={"Location": f"/api/v2/admin/clients/{new.client.pk}"})
