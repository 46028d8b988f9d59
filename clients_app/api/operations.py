"""
What a method of an endpoint takes and answers, said once: parsers, renderers, documentation and tests read it. A create
happens once for an Idempotency-Key.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, ValidationError

from clients_app import idempotency
from clients_app.callers import caller_of
from clients_app.documents import LARGEST

ViewMethod = Callable[..., Response]

SHOWN_ONCE = "Secret"  # the member of an answer that is not stored


@dataclass(frozen=True)
class Operation:
    """
    answer: shape of the Detail, None for an empty object; is_list: a list of that shape.
    request, query: shapes of the body and of the query, None if there is none.
    refuses: ErrorCodes besides those that any call may get.
    sample: members of the answer's sample that are otherwise in this operation's.
    is_create: takes an Idempotency-Key; has_version: answers with an ETag; is_locking: takes If-Match.
    """

    answer: type[BaseSerializer[Any]] | None = None
    is_list: bool = False
    request: type[BaseSerializer[Any]] | None = None
    query: type[BaseSerializer[Any]] | None = None
    status: int = 200
    refuses: tuple[str, ...] = ()
    sample: Mapping[str, Any] = field(default_factory=dict)
    is_create: bool = False
    has_version: bool = False
    is_locking: bool = False
    takes_forms: bool = True
    largest_body: int = LARGEST


def operation(**facts: Any) -> Callable[[ViewMethod], ViewMethod]:
    """Decorates a method of a view; facts: the fields of Operation."""
    made = Operation(**facts)

    def decorate(method: ViewMethod) -> ViewMethod:
        if made.is_create:
            method = _once(method, made)
        method.operation = made  # type: ignore[attr-defined]
        return method

    return decorate


def _once(method: ViewMethod, made: Operation) -> ViewMethod:
    @wraps(method)
    def answer(view: Any, request: Request, **path: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return method(view, request, **path)
        if not 1 <= len(key) <= idempotency.LONGEST_KEY:
            raise ValidationError({"Idempotency-Key": [f"must have 1 to {idempotency.LONGEST_KEY} characters"]})
        digest = getattr(request.data, "digest", "") if made.request else ""
        sent = [type(view).__name__, {name: str(value) for name, value in path.items()}, request.GET.dict(), digest]
        with idempotency.once(
            caller_id=caller_of(request).id,
            key=key,
            fingerprint=hashlib.sha256(json.dumps(sent).encode()).hexdigest(),
            now=timezone.now(),
        ) as stored:
            if stored.is_there:
                headers = {**stored.headers, "Idempotent-Replayed": "true"}
                return Response(stored.detail, status=stored.status, headers=headers)
            response = method(view, request, **path)
            stored.status, stored.headers, stored.detail = response.status_code, dict(response.headers), response.data
            if SHOWN_ONCE in response.data:
                stored.detail = {**response.data, SHOWN_ONCE: None}
        return response

    return answer
