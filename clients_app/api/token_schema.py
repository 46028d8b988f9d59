"""What the OpenAPI document says of /Token, the one endpoint outside of the envelope (RFC 6749)."""

from typing import Any

from clients_app.api import samples

FORM = {
    "type": "object",
    "required": ["grant_type", "client_id", "client_secret"],
    "properties": {
        "grant_type": {"const": "client_credentials"},
        "client_id": {"type": "string", "format": "uuid", "description": "The client's ID."},
        "client_secret": {"type": "string", "description": "Its secret; or both in an Authorization header (Basic)."},
    },
}
TOKEN = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in"],
    "properties": {
        "access_token": {"type": "string", "description": "For `Authorization: Bearer …`."},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "description": "Seconds."},
    },
}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}
FAILURES = {
    "400": "The form is not what it should be.",
    "401": "The client is unknown or revoked, or the secret is wrong.",
    "405": "Use POST.",
    "413": "The body is too large.",
    "429": "Too many wrong secrets: Retry-After says in how many seconds to go on.",
}


def with_token(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Hook of drf-spectacular: adds the endpoint."""
    failures = {
        status: {"description": description, "content": {"application/json": {"schema": ERROR}}}
        for status, description in FAILURES.items()
    }
    sample = {"grant_type": "client_credentials", "client_id": samples.CLIENT, "client_secret": samples.SECRET}
    token = {"access_token": "act_…", "token_type": "Bearer", "expires_in": 28800}
    result["paths"]["/Token"] = {
        "post": {
            "operationId": "post_token",
            "summary": "Get an access token",
            "description": "OAuth 2.0 client credentials: a client's ID and secret for a token of 8 hours.",
            "tags": ["Authentication"],
            "security": [],
            "requestBody": {
                "required": True,
                "content": {"application/x-www-form-urlencoded": {"schema": FORM, "example": sample}},
            },
            "responses": {
                "200": {
                    "description": "The token.",
                    "content": {"application/json": {"schema": TOKEN, "example": token}},
                },
                **failures,
            },
        }
    }
    return result
