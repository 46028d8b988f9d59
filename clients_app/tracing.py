"""
Tracing: what took how long, as spans for OpenTelemetry. Only where an operator has named a collector; else a span is
nothing, and no library of OpenTelemetry is imported. A span tells what it is about as a line of the log does.
"""

import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final
from uuid import UUID

from django.conf import settings

PATIENCE: Final = 3.0  # seconds for a collector that has to take the last spans of a process

_NOTHING: Final = nullcontext()
_spans: Any = None  # clients_app.spans, which imports OpenTelemetry, once it is there


def start(role: str) -> None:
    """To be called once by a process that records spans, before its work begins. role: web, dispatcher, worker."""
    global _spans
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        from multiprocessing import util

        from clients_app import spans

        spans.start(role)
        _spans = spans
        # Unlike atexit it is called in the processes of the web server too, which multiprocessing has made.
        util.Finalize(None, finish, exitpriority=100)


def span(
    name: str, facts: Mapping[str, Any] | None = None, *, kind: str = "internal", run: tuple[UUID, int] | None = None
) -> AbstractContextManager[Any]:
    """
    Records what is done inside. kind: as OpenTelemetry has it. run: the attempt that this is, of a run's ID and a fence
    number: it begins a trace that has the ID of the run.
    """
    return _NOTHING if (spans := _spans) is None else spans.recorded(name, facts or {}, kind, run)


def about(**facts: Any) -> None:
    """Adds to the span that is going on."""
    if spans := _spans:
        spans.about(facts)


def rename(name: str) -> None:
    """Of the span that is going on."""
    if spans := _spans:
        spans.rename(name)


def fail() -> None:
    """What the span that is going on has recorded went wrong."""
    if spans := _spans:
        spans.fail()


def leads_to(runs: Iterable[UUID]) -> None:
    """Links the span that is going on to the first attempts of runs."""
    if spans := _spans:
        spans.leads_to(runs)


def ids() -> Mapping[str, str]:
    """The trace_id and the span_id of the span that is going on; nothing without one."""
    found: Mapping[str, str] = spans.ids() if (spans := _spans) else {}
    return found


def traceparent() -> Mapping[str, str]:
    """The header that tells somebody outside which trace a call belongs to, if operators want that."""
    found: Mapping[str, str] = spans.traceparent() if (spans := _spans) and settings.OUTBOUND_TRACEPARENT else {}
    return found


def finish(patience: float = PATIENCE) -> None:
    """Send what is left, for so many seconds at most; the rest is lost. Nothing is recorded after it."""
    global _spans
    if spans := _spans:
        _spans = None
        last = threading.Thread(target=spans.finish, daemon=True)
        last.start()
        last.join(max(patience, 0.1))
