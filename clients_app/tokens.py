"""OAuth 2.0 client credentials (RFC 6749, section 4.4): what oauthlib must know of our clients to run the grant."""

import base64
import binascii
import logging
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from oauthlib.oauth2 import BackendApplicationServer, InvalidRequestError, RequestValidator

from clients_app import clients, limits, secrets
from clients_app.exceptions import WrongCredentials

log = logging.getLogger(__name__)

# oauthlib's requests carry whatever is set on them; it types neither them nor most of the validator.
OAuthRequest = Any


def issue(*, body: str, authorization: str, address: str | None) -> tuple[dict[str, str], str, int]:
    """
    Headers, JSON body and status that the token endpoint answers, errors included.

    body: the form as it was sent; authorization: that header, or empty; address: of the other side, for the limit.
    Raises limits.LimitReached after too many wrong secrets.
    """
    server = BackendApplicationServer(
        ClientCredentials(address),
        token_generator=lambda request: secrets.new_access_token(),
        token_expires_in=int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
    )
    headers, answer, status = server.create_token_response("", "POST", body, {"Authorization": authorization})
    if status == 401 and _is_basic(authorization):
        headers["WWW-Authenticate"] = 'Basic realm="Account Tasks"'  # section 5.2: the scheme that the client used
    return headers, answer, status


class ClientCredentials(RequestValidator):
    """Scopes are not in use: what a client may do follows from its user."""

    def __init__(self, address: str | None) -> None:
        super().__init__()
        self._address = address

    def client_authentication_required(self, request: OAuthRequest, *args: Any, **kwargs: Any) -> bool:
        return True

    def authenticate_client(self, request: OAuthRequest, *args: Any, **kwargs: Any) -> bool:
        client_id, offered = _credentials(request)
        try:
            with limits.wrong_credentials(str(client_id), address=self._address, now=timezone.now()):
                request.client = clients.identify(client_id, offered)
        except WrongCredentials:
            log.warning("wrong client ID or secret", extra={"client": client_id})
            return False
        request.client_id = request.client.client_id = str(request.client.pk)
        return True

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: OAuthRequest, *args: Any, **kwargs: Any
    ) -> bool:
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id: str, request: OAuthRequest, *args: Any, **kwargs: Any) -> list[str]:
        return []

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Any, request: OAuthRequest, *args: Any, **kwargs: Any
    ) -> bool:
        request.scopes = None  # so that the answer names none
        return True

    def save_bearer_token(self, token: Any, request: OAuthRequest, *args: Any, **kwargs: Any) -> None:
        clients.save_access_token(request.client, token["access_token"], now=timezone.now())
        log.info("token given", extra={"account": request.client.account_id, "client": request.client.pk})


def _credentials(request: OAuthRequest) -> tuple[UUID, set[str]]:
    """
    Client ID and the secret from the Authorization header (Basic), else from the form body.

    RFC 6749 wants both percent-encoded inside Basic, and half of the clients don't do it: either reading counts.
    Raises InvalidRequestError if a parameter is repeated, or the secret comes in both ways.
    """
    if {"client_id", "client_secret"} & set(request.duplicate_params):
        raise InvalidRequestError("A parameter is repeated.", request=request)
    if not _is_basic(request.headers["Authorization"]):
        return _guid(request.client_id or ""), {request.client_secret or ""}
    if request.client_secret:
        raise InvalidRequestError("The secret must come in the header or in the body, not in both.", request=request)
    credentials = request.headers["Authorization"].partition(" ")[2].strip()
    try:
        client_id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return _guid(""), {""}
    return _guid(unquote_plus(client_id)), {secret, unquote_plus(secret)}


def _is_basic(authorization: str) -> bool:
    return authorization.partition(" ")[0].lower() == "basic"


def _guid(client_id: str) -> UUID:
    """However it is written it is one and the same for the limit on guessing."""
    try:
        return UUID(client_id)
    except ValueError:
        return UUID(int=0)  # no client has it
