"""All endpoints of the API, found in the URL patterns: what the OpenAPI document and the help pages tell of."""

import inspect
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import EndpointEnumerator

from config.api import operations
from config.api.exceptions import ERROR_CODES

VERSIONS = re.compile(r"/api/v\[12\]/")


@dataclass(frozen=True)
class Endpoint:
    """method: in capitals; path: as of v2, with its parameters in braces; view: the class; operation: of the method."""

    method: str
    path: str
    view: Any
    operation: Any

    @property
    def slug(self) -> str:
        """What the address of its help page ends with."""
        return re.sub(r"[^a-z0-9]+", "-", f"{self.method} {self.path}".lower()).strip("-")

    @property
    def title(self) -> str:
        return self._doc.partition("\n")[0]

    @property
    def description(self) -> str:
        return " ".join(self._doc.partition("\n")[2].split())

    @property
    def section(self) -> str:
        """The part of the API that it belongs to."""
        section: str = self.view.section
        return section

    @property
    def path_parameters(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def error_codes(self) -> list[str]:
        """Every ErrorCode that a call may get, by status."""
        operation = self.operation
        codes = {"UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "METHOD_NOT_ALLOWED", "RATE_LIMITED", "INTERNAL_ERROR"}
        codes |= {"INVALID_REQUEST", *operation.refuses}
        if operation.request:
            codes |= {"MALFORMED_BODY", "TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"}
        if operation.is_create:
            codes |= {"IDEMPOTENCY_CONFLICT", "IDEMPOTENCY_MISMATCH"}
        if operation.is_locking:
            codes.add("PRECONDITION_FAILED")
        return [code for code in ERROR_CODES if code in codes]

    @property
    def _doc(self) -> str:
        return inspect.getdoc(getattr(self.view, self.method.lower())) or ""


def as_of_v2(endpoints: list[Any]) -> list[Any]:
    """Hook of drf-spectacular: both versions become the path of v2; what has no operation is left out."""
    return [
        (VERSIONS.sub("/api/v2/", path), path_regex, method, callback)
        for path, path_regex, method, callback in endpoints
        if operations.of_method(callback.cls, method.lower())
    ]


@cache
def all_endpoints() -> list[Endpoint]:
    """In the order of the URL patterns."""
    found = EndpointEnumerator().get_api_endpoints()
    return [
        Endpoint(method, path, callback.cls, operations.of_method(callback.cls, method.lower()))
        for path, _, method, callback in found
    ]
