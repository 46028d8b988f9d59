"""Whatever goes wrong in a call of the API becomes the one envelope here, with the right status and a sentence."""

import logging
import math
import uuid
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import envelope, operations

log = logging.getLogger(__name__)

# Every ErrorCode: its status, and when it is answered. Refusals of the product know their code, and no more.
ERROR_CODES: dict[str, tuple[HTTPStatus, str]] = {
    "INVALID_REQUEST": (HTTPStatus.BAD_REQUEST, "A member is missing or wrong; the reason names every one of them."),
    "MALFORMED_BODY": (HTTPStatus.BAD_REQUEST, "The body can't be read as its Content-Type, or is empty."),
    "TASK_NOT_FOUND": (HTTPStatus.BAD_REQUEST, "TaskID is not in the catalogue, or that task is switched off."),
    "UNAUTHENTICATED": (HTTPStatus.UNAUTHORIZED, "Credentials are missing or wrong."),
    "FORBIDDEN": (HTTPStatus.FORBIDDEN, "The caller is known, but may not do this."),
    "NOT_FOUND": (HTTPStatus.NOT_FOUND, "There is no such path or id, or it belongs to another account."),
    "METHOD_NOT_ALLOWED": (HTTPStatus.METHOD_NOT_ALLOWED, "The address takes other methods: see the Allow header."),
    "CLIENT_REQUIRED": (HTTPStatus.CONFLICT, "The account has no enabled client yet."),
    "IDEMPOTENCY_CONFLICT": (HTTPStatus.CONFLICT, "A call with the same Idempotency-Key is in progress."),
    "RUN_FINISHED": (HTTPStatus.CONFLICT, "The run is over: there is nothing to cancel."),
    "RUN_IN_PROGRESS": (HTTPStatus.CONFLICT, "A run of the account task is going on."),
    "PRECONDITION_FAILED": (HTTPStatus.PRECONDITION_FAILED, "If-Match names another version than the one there is."),
    "TOO_LARGE": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than the endpoint takes."),
    "UNSUPPORTED_MEDIA_TYPE": (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The Content-Type is none that the endpoint reads."),
    "IDEMPOTENCY_MISMATCH": (HTTPStatus.UNPROCESSABLE_ENTITY, "The Idempotency-Key came with another call before."),
    "RATE_LIMITED": (HTTPStatus.TOO_MANY_REQUESTS, "Too many calls: Retry-After says in how many seconds to go on."),
    "INTERNAL_ERROR": (HTTPStatus.INTERNAL_SERVER_ERROR, "An unforeseen error; the incident's id is in the log too."),
}
NOT_FOUND = "There is nothing at this address: check the path and the id."


class MalformedBody(drf.APIException):
    status_code = HTTPStatus.BAD_REQUEST
    default_code = "MALFORMED_BODY"


class TooLarge(drf.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "TOO_LARGE"


class Failure(NamedTuple):
    status: int
    code: str
    reason: str
    headers: Mapping[str, str] = {}


def answer(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER: lets no exception through, an unforeseen one is logged and answered with 500."""
    failure = _foreseen(error, context) or incident(error)
    data = envelope.failure(failure.code, failure.reason)
    return Response(data, status=failure.status, headers=dict(failure.headers))


def _foreseen(error: Exception, context: Mapping[str, Any]) -> Failure | None:
    match error:
        case drf.ValidationError() | ValidationError() if _lacks_its_body(context):
            return Failure(400, "MALFORMED_BODY", "The body is empty.")
        case drf.ValidationError():
            return Failure(400, "INVALID_REQUEST", _sentence(_problems(error.detail)))
        case ValidationError():
            return Failure(400, "INVALID_REQUEST", _sentence(_named_as_on_the_wire(error, context)))
        case MalformedBody() | TooLarge():
            return Failure(error.status_code, error.default_code, f"{error.detail}.")
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return Failure(401, "UNAUTHENTICATED", str(error.detail), {"WWW-Authenticate": "Bearer"})
        case drf.PermissionDenied() | PermissionDenied():
            return Failure(403, "FORBIDDEN", str(getattr(error, "detail", error)))
        case drf.NotFound() | Http404() | ObjectDoesNotExist():
            return Failure(404, "NOT_FOUND", NOT_FOUND)
        case drf.MethodNotAllowed():
            allowed = ", ".join(context["view"].allowed_methods)
            return Failure(405, "METHOD_NOT_ALLOWED", f"This address takes {allowed} only.", {"Allow": allowed})
        case drf.UnsupportedMediaType():
            reason = "Content-Type must be application/json, application/xml or application/x-www-form-urlencoded."
            return Failure(415, "UNSUPPORTED_MEDIA_TYPE", reason)
        case drf.Throttled():
            wait = math.ceil(getattr(error, "wait", None) or 1)
            return Failure(429, "RATE_LIMITED", f"Too many calls: try again in {wait} s.", {"Retry-After": str(wait)})
    code = getattr(error, "error_code", None)
    return Failure(ERROR_CODES[code][0], code, str(error)) if code else None


def incident(error: BaseException | None) -> Failure:
    """An unforeseen error: the log says all under an id, the answer no more than that id."""
    key = uuid.uuid4().hex
    log.error("incident %s", key, exc_info=error)
    return Failure(500, "INTERNAL_ERROR", f"An error has occurred. Incident {key}.")


def _lacks_its_body(context: Mapping[str, Any]) -> bool:
    """A body of no bytes reaches no parser: what is then said to be missing is the body itself."""
    request: Request = context["request"]
    operation = operations.of_call(context["view"])
    return bool(operation and operation.request) and request.stream is None


def _problems(detail: Any) -> Iterator[str]:
    """detail: lists of problems under the names of the members."""
    for name, problems in detail.items():
        yield from (f"{name} {problem}" for problem in problems)


def _named_as_on_the_wire(error: ValidationError, context: Mapping[str, Any]) -> Iterator[str]:
    """The product names its own fields; the shape of the request, or of an item of it, knows the wire's names."""
    shape = context.get("shape") or operations.of_call(context["view"]).request
    names = {field.source: name for name, field in shape().fields.items()}
    for field, problems in error.message_dict.items():
        yield from (f"{names.get(field, field)} {problem}" for problem in problems)


def _sentence(problems: Iterator[str]) -> str:
    return "; ".join(problems) + "."
