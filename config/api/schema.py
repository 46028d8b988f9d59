"""
The OpenAPI document. What is asked for has a shape for each of JSON, XML and forms, since they are read by different
rules; what is answered has one for JSON and one for XML, since the members of the envelope follow each other
differently.
"""

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from rest_framework.serializers import BaseSerializer, ListField, ListSerializer

from config.api import media_types, operations, samples
from config.api.endpoints import Endpoint
from config.api.envelope import XML_ORDER
from config.api.exceptions import ERROR_CODES

Schema = dict[str, Any]

DIALECTS = {"json": media_types.JSON, "xml": media_types.XML, "form": (media_types.FORM,)}
JSON_ORDER = ("Identification", "Result", "Detail")
NULL = {"type": "null"}
SECURITY: list[dict[str, list[str]]] = [{"token": []}, {"password": []}]


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """`/api/schema`: the document as JSON."""
    return HttpResponse(_text(), content_type="application/json")


def endpoint_of_tokens() -> Schema:
    """What the document says of `POST /Token`."""
    found: Schema = json.loads(_text())["paths"]["/Token"]["post"]
    return found


@cache
def _text() -> str:
    return json.dumps(SchemaGenerator().get_schema(request=None, public=True), indent=1, ensure_ascii=False)


class OperationSchema(AutoSchema):
    """What drf-spectacular says of a method of a view: all of it comes from its operation."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema:
        view = type(self.view)
        endpoint = Endpoint(method, path, view, operations.of_method(view, method.lower()))
        said = _Said(endpoint, registry)
        body = {"requestBody": said.request_body()} if endpoint.operation.request else {}
        return {
            "operationId": endpoint.slug.replace("-api-v2-admin", "").replace("-", "_"),
            "summary": endpoint.title,
            "description": endpoint.description,
            "tags": [endpoint.section],
            "parameters": said.parameters(),
            **body,
            "security": SECURITY,
            "responses": said.responses(),
        }


class _Said:
    """One endpoint as OpenAPI has it."""

    def __init__(self, endpoint: Endpoint, registry: ComponentRegistry) -> None:
        self._endpoint = endpoint
        self._operation = endpoint.operation
        self._registry = registry

    # --- what is asked ------------------------------------------------------------------------------------------------

    def parameters(self) -> list[Schema]:
        named = {name: self._endpoint.view.sample_path[name] for name in self._endpoint.path_parameters}
        found = [
            {
                "in": "path",
                "name": name,
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
                "example": sample,
            }
            for name, sample in named.items()
        ]
        if self._operation.query:
            found += [
                {
                    "in": "query",
                    "name": name,
                    "required": field.required,
                    "description": field.help_text,
                    "schema": _field(field, "form"),
                }
                for name, field in self._operation.query().fields.items()
            ]
        if self._operation.is_create:
            found.append(_header("Idempotency-Key", IDEMPOTENCY_KEY, maxLength=255, minLength=1))
        if self._operation.is_locking:
            found.append(_header("If-Match", IF_MATCH))
        return found

    def request_body(self) -> Schema:
        shape = self._operation.request
        dialects = [name for name in DIALECTS if name != "form" or self._operation.takes_forms]
        content = {
            media_type: {"schema": self._shape(shape, dialect), "example": None}
            for dialect in dialects
            for media_type in DIALECTS[dialect]
        }
        for media_type, facts in content.items():
            facts["example"] = _example(shape, media_type)
        return {"required": True, "content": content}

    # --- what is answered ---------------------------------------------------------------------------------------------

    def responses(self) -> Schema:
        by_status: dict[int, list[str]] = {}
        for code in self._endpoint.error_codes:
            by_status.setdefault(ERROR_CODES[code][0], []).append(code)
        answers = {str(self._operation.status): self._success()}
        return answers | {str(int(status)): self._failure(status, codes) for status, codes in sorted(by_status.items())}

    def _success(self) -> Schema:
        headers = dict(RATE_LIMIT)
        if self._operation.status == 201:
            headers["Location"] = _answer_header("The address of what was made.")
        if self._operation.has_version:
            headers["ETag"] = _answer_header("The version, for If-Match of a later change.")
        if self._operation.is_list and self._operation.query:
            headers["Link"] = _answer_header('The next page, as `<address>; rel="next"`; absent on the last one.')
        if self._operation.is_create:
            headers["Idempotent-Replayed"] = _answer_header("`true` if this is the answer of an earlier call.")
        content = _answers(self._envelope("json"), self._envelope("xml"))
        return {"description": "Done.", "headers": headers, "content": content}

    def _failure(self, status: int, codes: list[str]) -> Schema:
        headers = {} if status in (401, 405) else dict(RATE_LIMIT)
        if status == 401:
            headers["WWW-Authenticate"] = _answer_header("`Bearer`")
        if status == 405:
            headers["Allow"] = _answer_header("The methods that the address takes.")
        if status == 429:
            headers["Retry-After"] = _answer_header("Seconds to wait.")
        error = _closed(
            {
                "ErrorCode": {"type": "string", "enum": codes},
                "ErrorReason": {"type": "string", "description": "One sentence for people."},
            }
        )
        root, name = operations.root_name(self._operation), ".".join(["Failure", *codes])
        in_json = self._component(name, _closed({"Error": error, "ResponseData": NULL}))
        in_xml = self._component(f"{name}.{root}.xml", _closed({"Error": error}) | {"xml": {"name": root}})
        return {
            "description": " ".join(f"{code}: {ERROR_CODES[code][1]}" for code in codes),
            "headers": headers,
            "content": _answers(in_json, in_xml),
        }

    def _envelope(self, dialect: str) -> Schema:
        """Detail in its envelope, as a component of the name that the XML root has."""
        name = operations.root_name(self._operation)
        answer = self._operation.answer
        detail: Schema = _closed({})
        if answer is not None:
            detail = self._shape(answer, dialect, is_answer=True)
        if self._operation.is_list:
            detail = {"type": "array", "items": detail}
            if dialect == "xml":
                detail["xml"] = {"wrapped": True}
        identification = _closed({"UserId": {"type": "string", "format": "uuid"}})
        members = {"Identification": identification, "Result": {"const": "Success"}, "Detail": detail}
        order = XML_ORDER if dialect == "xml" else JSON_ORDER
        data = _closed({name: members[name] for name in order})
        if dialect == "json":
            return self._component(name, _closed({"Error": NULL, "ResponseData": data}))
        return self._component(f"{name}.xml", _closed({"ResponseData": data}) | {"xml": {"name": name}})

    # --- shapes -------------------------------------------------------------------------------------------------------

    def _shape(self, shape: type[BaseSerializer[Any]], dialect: str, *, is_answer: bool = False) -> Schema:
        """A shape as a component: for JSON of its own name, otherwise with the dialect behind it."""
        fields: dict[str, Any] = shape().fields  # type: ignore[attr-defined]
        schema: Schema = {
            "type": "object",
            "description": (shape.__doc__ or "").strip().partition("\n\n")[0],
            "properties": {name: self._member(field, dialect, is_answer) for name, field in fields.items()},
        }
        required = [name for name, field in fields.items() if self._is_required(field, dialect, is_answer)]
        if required and not getattr(shape, "is_partial", False):
            schema["required"] = required
        if is_answer:
            schema["additionalProperties"] = False
        if dialect == "xml":
            schema["xml"] = {"name": operations.wire_name(shape)}
        return self._component(shape.__name__ if dialect == "json" else f"{shape.__name__}.{dialect}", schema)

    def _is_required(self, field: Any, dialect: str, is_answer: bool) -> bool:
        if not is_answer:
            return bool(field.required)
        return dialect == "json" or not field.allow_null  # XML leaves out what is null; dates are nil

    def _member(self, field: Any, dialect: str, is_answer: bool) -> Schema:
        said: Schema
        if isinstance(field, ListField | ListSerializer):
            item = self._member(field.child, dialect, is_answer)
            if dialect == "xml":
                item = {"allOf": [item], "xml": {"name": operations.item_name(field)}} if "$ref" in item else item
                item.setdefault("xml", {"name": operations.item_name(field)})
            said = {"type": "array", "items": item}
            if dialect == "xml":
                said["xml"] = {"wrapped": True}
        elif isinstance(field, BaseSerializer):
            said = self._shape(type(field), dialect, is_answer=is_answer)
        else:
            said = _field(field, "answer" if is_answer else dialect)
        if field.allow_null and dialect == "json":
            said = {"anyOf": [said, NULL]}
        if field.allow_null and dialect == "form":
            said = {"anyOf": [said, {"const": ""}]}
        return said | ({"description": field.help_text} if field.help_text else {})

    def _component(self, name: str, schema: Schema) -> Schema:
        component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name)
        self._registry.register_on_missing(component)
        reference: Schema = component.ref
        return reference


def _field(field: Any, dialect: str) -> Schema:
    described = getattr(field, "described", None)
    if described is None:  # a member that a method gives: Secret
        return {"type": ["string", "null"]}
    said: Schema = described(dialect)
    has_default = dialect != "answer" and not field.required and not callable(field.default)
    return said | ({"default": field.to_representation(field.default)} if has_default and field.default else {})


def _example(shape: Any, media_type: str) -> Any:
    return shape.sample if media_type in media_types.JSON else samples.body(shape, media_type)


def _answers(in_json: Schema, in_xml: Schema) -> Schema:
    """The content of an answer, by media type."""
    by_type = {media_type: {"schema": in_json} for media_type in media_types.JSON}
    return by_type | {media_type: {"schema": in_xml} for media_type in media_types.XML}


def _closed(properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


def _header(name: str, description: str, **facts: Any) -> Schema:
    schema = {"type": "string", **facts}
    return {"in": "header", "name": name, "required": False, "description": description, "schema": schema}


def _answer_header(description: str, kind: str = "string") -> Schema:
    return {"description": description, "schema": {"type": kind}}


IDEMPOTENCY_KEY = (
    "1 to 255 characters of your choice. A repeat with the same key and the same body within 24 hours gets the answer "
    "of the first call, and nothing happens a second time."
)
IF_MATCH = "The ETag of the version that you have read. If there is another by now, nothing is changed: 412."
RATE_LIMIT_HEADERS = {
    "RateLimit-Limit": _answer_header(
        "Calls in a minute, of the client or the account: whichever is nearer.", "integer"
    ),
    "RateLimit-Remaining": _answer_header("How many of them are left.", "integer"),
    "RateLimit-Reset": _answer_header("Seconds until the next minute begins.", "integer"),
}
RATE_LIMIT = {name: {"$ref": f"#/components/headers/{name}"} for name in RATE_LIMIT_HEADERS}


def with_headers(result: Schema, **_: Any) -> Schema:
    """Hook of drf-spectacular: adds what many answers share."""
    result["components"]["headers"] = RATE_LIMIT_HEADERS
    return result
