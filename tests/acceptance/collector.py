"""A collector of OpenTelemetry on the loopback: it keeps the spans that it is sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue


@dataclass(frozen=True)
class Recorded:
    """role: of the process. IDs in hexadecimal digits. links: the traces and the spans that it leads to."""

    role: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    facts: dict[str, Any]
    links: list[tuple[str, str]]
    is_error: bool
    began_at: int


@dataclass
class Collector:
    """received: the bodies as they came."""

    port: int
    received: list[bytes] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}", "OTEL_BSP_SCHEDULE_DELAY": "100"}

    @property
    def resources(self) -> list[dict[str, Any]]:
        return [_facts(each.resource.attributes) for body in self.received for each in _read(body).resource_spans]

    def named(self, name: str) -> list[Recorded]:
        return [span for span in self.spans() if span.name == name]

    def spans(self, *, role: str = "", **facts: Any) -> list[Recorded]:
        """Those of a process, with such facts; as they began."""
        found = [
            _recorded(str(_facts(process.resource.attributes)["account_tasks.role"]), span)
            for body in self.received
            for process in _read(body).resource_spans
            for scope in process.scope_spans
            for span in scope.spans
        ]
        found.sort(key=lambda span: span.began_at)
        return [span for span in found if role in ("", span.role) and facts.items() <= span.facts.items()]


@contextmanager
def collecting() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        collector = Collector(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield collector
        server.shutdown()


def _read(body: bytes) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    return request


def _recorded(role: str, span: Any) -> Recorded:
    return Recorded(
        role=role,
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        facts=_facts(span.attributes),
        links=[(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
        is_error=span.status.code == span.status.STATUS_CODE_ERROR,
        began_at=span.start_time_unix_nano,
    )


def _facts(attributes: Any) -> dict[str, Any]:
    return {each.key: _value(each) for each in attributes}


def _value(attribute: KeyValue) -> Any:
    return getattr(attribute.value, str(attribute.value.WhichOneof("value")))
