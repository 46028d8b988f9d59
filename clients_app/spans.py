"""
What tracing does where it is on: the one module that imports OpenTelemetry. Spans wait in a queue of limited length for
a thread that sends them; where the collector is slow or away they are dropped, and nobody waits.
"""

import logging
import os
import re
import socket
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from http.client import HTTPException
from itertools import islice
from time import monotonic
from typing import Any, Final
from urllib.request import ProxyHandler, Request, build_opener
from uuid import UUID

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Sampler, SamplingResult
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.util.re import parse_env_headers
from structlog.contextvars import get_contextvars

from clients_app import secrets

SECONDS: Final = 5.0  # for a batch
SECONDS_BETWEEN_COMPLAINTS: Final = 60.0
MOST_LINKS: Final = 128  # of one span: the library's own limit
LONGEST: Final = 200  # characters of a value
_TABLE: Final = re.compile(r'\b(INSERT INTO|DELETE FROM|UPDATE|FROM)\s+"?([a-z_]+)')
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)

log = logging.getLogger(__name__)

_attempt: ContextVar[SpanContext | None] = ContextVar("attempt", default=None)
_provider: TracerProvider
_tracer: Tracer


class Ids(RandomIdGenerator):
    """An attempt has the IDs that follow from its run, so that whatever made the run knows them beforehand."""

    def generate_trace_id(self) -> int:
        attempt = _attempt.get()
        return attempt.trace_id if attempt else super().generate_trace_id()

    def generate_span_id(self) -> int:
        attempt = _attempt.get()
        return attempt.span_id if attempt else super().generate_span_id()


class Fair(Sampler):
    """
    Lets another sampler judge by the last 32 bits of a trace's ID, which are random also where it is the ID of a run:
    by those before them a share of the traces would be all of the runs, or none.
    """

    def __init__(self, inner: Sampler) -> None:
        self._inner = inner

    def should_sample(
        self, parent_context: Context | None, trace_id: int, *arguments: Any, **named: Any
    ) -> SamplingResult:
        return self._inner.should_sample(parent_context, trace_id << 32, *arguments, **named)

    def get_description(self) -> str:
        return self._inner.get_description()


class _Exporter(SpanExporter):
    """
    One attempt for each batch, on a connection of its own. The library's own exporter needs requests, which Django REST
    framework imports wherever it is installed: each process would pay for it, with tracing on or off.
    """

    def __init__(self) -> None:
        self._url = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
        own = parse_env_headers(os.environ.get("OTEL_EXPORTER_OTLP_HEADERS", ""), liberal=True)
        self._headers = {**own, "Content-Type": "application/x-protobuf"}
        self._open = build_opener(ProxyHandler({})).open
        self._complained_at = -SECONDS_BETWEEN_COMPLAINTS

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        body = encode_spans(spans).SerializeToString()
        try:
            self._open(Request(self._url, body, self._headers), timeout=SECONDS).close()  # noqa: S310 (http or https)
        except (OSError, HTTPException) as error:
            if monotonic() - self._complained_at > SECONDS_BETWEEN_COMPLAINTS:
                self._complained_at = monotonic()
                log.warning("the collector of spans can't be reached, and they are dropped: %s", type(error).__name__)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None: ...


def start(role: str) -> None:
    global _provider, _tracer
    version = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
    resource = Resource.create(
        {
            "service.name": settings.OTEL_SERVICE_NAME,
            "service.version": version,
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
            "account_tasks.role": role,
        }
    )
    _provider = TracerProvider(resource=resource, id_generator=Ids(), shutdown_on_exit=False)
    _provider.sampler = Fair(_provider.sampler)
    _provider.add_span_processor(BatchSpanProcessor(_Exporter()))
    _tracer = _provider.get_tracer("account_tasks", version)
    connection_created.connect(_watch, dispatch_uid="clients_app.spans")


def finish() -> None:
    _provider.shutdown()


@contextmanager
def recorded(name: str, facts: Mapping[str, Any], kind: str, run: tuple[UUID, int] | None) -> Iterator[Span]:
    context = Context() if run else None
    own = _attempt.set(_context_of(*run) if run else None)
    try:
        span = _tracer.start_span(name, context, SpanKind[kind.upper()])
    finally:
        _attempt.reset(own)
    token = attach(set_span_in_context(span, context))
    try:
        yield span
    except Exception as error:
        span.set_status(Status(StatusCode.ERROR))
        span.set_attribute("error.type", type(error).__name__)  # its message may hold anything
        raise
    finally:
        bound = get_contextvars()
        _tell(span, {name: bound[name] for name in secrets.ABOUT if name in bound})
        _tell(span, facts)
        span.end()
        detach(token)


def about(facts: Mapping[str, Any]) -> None:
    _tell(get_current_span(), facts)


def rename(name: str) -> None:
    get_current_span().update_name(name)


def fail() -> None:
    get_current_span().set_status(Status(StatusCode.ERROR))


def leads_to(runs: Iterable[UUID]) -> None:
    span = get_current_span()
    if span.is_recording():
        for run in islice(runs, MOST_LINKS):
            span.add_link(_context_of(run, 1))


def ids() -> Mapping[str, str]:
    span = get_current_span()
    if span is INVALID_SPAN:
        return {}
    context = span.get_span_context()
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def traceparent() -> Mapping[str, str]:
    found, context = ids(), get_current_span().get_span_context()
    return {"traceparent": f"00-{found['trace_id']}-{found['span_id']}-{context.trace_flags & 1:02x}"} if found else {}


def _tell(span: Span, facts: Mapping[str, Any]) -> None:
    if not span.is_recording():
        return
    for name, value in facts.items():
        if isinstance(value, UUID):
            span.set_attribute(name, str(value))
        elif isinstance(value, bool | int | float):
            span.set_attribute(name, value)
        elif value is not None:
            span.set_attribute(name, secrets.taken_out(str(value))[:LONGEST])


def _context_of(run: UUID, fence: int) -> SpanContext:
    """Of an attempt. A UUID is as long as the ID of a trace, and what is random in it is at the end."""
    span_id = (run.int + fence) % 2**64 or 1
    return SpanContext(run.int, span_id, is_remote=True, trace_flags=_SAMPLED)


# --- statements -------------------------------------------------------------------------------------------------------


def _watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_statement)


def _statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
    """What is done to which table; not the statement, which may hold values. Nothing outside of a span of ours."""
    if not get_current_span().is_recording():
        return execute(sql, params, many, context)
    span = _tracer.start_span(
        _summary(str(sql)), kind=SpanKind.CLIENT, attributes={"db.system.name": context["connection"].vendor}
    )
    try:
        return execute(sql, params, many, context)
    except Exception as error:
        span.set_status(Status(StatusCode.ERROR))
        span.set_attribute("error.type", type(error).__name__)
        raise
    finally:
        span.end()


@lru_cache(maxsize=1_000)
def _summary(sql: str) -> str:
    found = _TABLE.search(sql)
    if found is None:
        return sql.split(None, 1)[0][:20] if sql.strip() else "statement"
    return f"{ {'FROM': 'SELECT'}.get(found[1], found[1].split()[0]) } {found[2]}"
