"""The front door over HTTP: tokens and clients."""

import math
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients_app import clients, limits, tokens
from clients_app.api import paging, samples
from clients_app.api.operations import operation
from clients_app.api.serializers import ClientRequest, ClientResponse, ClientsQuery, ClientUpdateRequest
from clients_app.callers import address_of, caller_of
from clients_app.models import Client
from clients_app.models.client import ClientQuerySet


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


FRESH_SECRET = "acs_3q2-7wEXAMPLEZk0mXb1tYv9cLr4sNd6hJf8pGa5uKe_"  # noqa: S105 (a sample)


class ClientsView(APIView):
    """The clients of the caller's account."""

    http_method_names = ["get", "head", "post"]
    section = "Clients"

    @operation(answer=ClientResponse, is_list=True, query=ClientsQuery)
    def get(self, request: Request) -> Response:
        """
        List clients

        Those of the account that are not revoked. No answer but that of a registration or a rotation has a secret.
        """
        return paging.answer(request, ClientsQuery, ClientResponse, own_clients(request).filter)

    @operation(
        request=ClientRequest, answer=ClientResponse, status=201, is_create=True, sample={"Secret": samples.SECRET}
    )
    def post(self, request: Request) -> Response:
        """
        Register a client

        An ID and a secret with which an integration gets tokens. The secret is in this answer and never again.
        """
        asked = ClientRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        caller = caller_of(request)
        new = clients.register(account=caller.account, by=caller, **asked.validated_data)
        return _shown_once(new, status=201, Location=f"/api/v2/admin/clients/{new.client.pk}")


class ClientView(APIView):
    """One of them."""

    http_method_names = ["get", "head", "put", "delete"]
    section = "Clients"
    sample_path = {"id": samples.CLIENT}

    @operation(answer=ClientResponse)
    def get(self, request: Request, id: UUID) -> Response:
        """
        Read a client

        A revoked one is not there any more.
        """
        return Response(ClientResponse(get_object_or_404(own_clients(request), pk=id)).data)

    @operation(request=ClientUpdateRequest, answer=ClientResponse)
    def put(self, request: Request, id: UUID) -> Response:
        """
        Replace a client

        Its name and its user; with a Secret that too, which ends the one before and all tokens at once. To change over
        without a gap, rotate.
        """
        asked = ClientUpdateRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        client = get_object_or_404(own_clients(request), pk=id)
        return Response(ClientResponse(clients.change(client, by=caller_of(request), **asked.validated_data)).data)

    @operation()
    def delete(self, request: Request, id: UUID) -> Response:
        """
        Revoke a client

        It and all of its tokens are refused from now on. The account tasks that it registered stay, and go on running.
        """
        clients.revoke(get_object_or_404(own_clients(request), pk=id), by=caller_of(request), now=timezone.now())
        return Response({})


class ClientRotateView(APIView):
    """A fresh secret."""

    http_method_names = ["post"]
    section = "Clients"
    sample_path = {"id": samples.CLIENT}

    @operation(answer=ClientResponse, is_create=True, sample={"Secret": FRESH_SECRET})
    def post(self, request: Request, id: UUID) -> Response:
        """
        Rotate a client's secret

        A fresh secret of 256 random bits, in this answer and never again. The one before stays good for 7 days.
        """
        client = get_object_or_404(own_clients(request), pk=id)
        return _shown_once(clients.rotate(client, by=caller_of(request), now=timezone.now()))


def own_clients(request: Request) -> ClientQuerySet:
    return Client.objects.enabled().for_account(caller_of(request).account).select_related("account")


def _shown_once(new: clients.NewClient, *, status: int = 200, **headers: str) -> Response:
    answer = ClientResponse(new.client, context={"secret": new.secret})
    return Response(answer.data, status=status, headers=headers)
