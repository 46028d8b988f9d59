"""What spans are recorded, and what of it is told."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, TraceIdRatioBased
from structlog.contextvars import bound_contextvars, clear_contextvars

from clients_app import secrets, spans, tracing
from clients_app.models.keys import new_key


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Tracing is on, and nothing is bound by the requests of other tests."""
    clear_contextvars()
    exporter = InMemorySpanExporter()
    provider = TracerProvider(id_generator=spans.Ids(), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(spans, "_tracer", provider.get_tracer("tests"), raising=False)
    monkeypatch.setattr(tracing, "_spans", spans)
    yield exporter
    provider.shutdown()


def test_without_a_collector_a_span_is_nothing() -> None:
    with tracing.span("work", {"a": 1}) as span:
        tracing.about(b=2)
        tracing.leads_to([new_key()])

        assert (span, dict(tracing.ids()), dict(tracing.traceparent())) == (None, {}, {})


def test_a_span_tells_what_a_line_of_the_log_does_and_no_secret(exported: InMemorySpanExporter) -> None:
    secret = secrets.new_access_token()

    with bound_contextvars(account="a1", body="<Secret/>"), tracing.span("work", {"door": f"Bearer {secret}"}):
        tracing.about(slots=3, nothing=None, long="x" * 1000)

    [span] = exported.get_finished_spans()
    assert dict(span.attributes or {}) == {
        "account": "a1", "door": f"Bearer {secrets.HIDDEN}", "slots": 3, "long": "x" * 200,
    }  # fmt: skip


def test_of_an_error_its_kind_is_told_and_not_its_message(exported: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="hunter2"), tracing.span("work"):
        raise ValueError("hunter2")

    [span] = exported.get_finished_spans()
    assert "ValueError" in span.to_json()
    assert "hunter2" not in span.to_json()


@pytest.mark.django_db
def test_a_statement_is_told_by_verb_and_table(exported: InMemorySpanExporter) -> None:
    from django.db import connection

    from clients_app.models import Account

    with connection.execute_wrapper(spans._statement):
        Account.objects.filter(name="hunter2").exists()  # outside of a span
        with tracing.span("work"):
            Account.objects.filter(name="hunter2").exists()
            Account.objects.filter(name="hunter2").update(name="hunter3")

    told = exported.get_finished_spans()
    assert [span.name for span in told] == ["SELECT clients_app_account", "UPDATE clients_app_account", "work"]
    assert not any("hunter" in span.to_json() for span in told)


def test_attempts_of_a_run_share_a_trace_that_what_made_it_is_linked_to(exported: InMemorySpanExporter) -> None:
    run = new_key()

    with tracing.span("dispatch"):
        tracing.leads_to([run])
        with tracing.span("attempt", run=(run, 1)):
            assert tracing.ids()["trace_id"] == run.hex
    with tracing.span("attempt", run=(run, 2)):
        pass

    first, dispatch, second = exported.get_finished_spans()
    [link] = dispatch.links
    assert (link.context.trace_id, link.context.span_id) == (run.int, first.context.span_id)
    assert first.parent is second.parent is None
    assert first.context.trace_id == second.context.trace_id == run.int
    assert first.context.span_id != second.context.span_id
    assert dispatch.context.trace_id != run.int


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_a_share_of_the_runs_is_a_share(share: float) -> None:
    sampler = spans.Fair(ParentBased(TraceIdRatioBased(share)))

    decisions = [sampler.should_sample(None, new_key().int, "attempt").decision for _ in range(2_000)]

    taken = decisions.count(Decision.RECORD_AND_SAMPLE)
    assert abs(taken / 2_000 - share) < 0.06
