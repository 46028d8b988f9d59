"""What a collector of OpenTelemetry gets from the real processes, and that nobody misses one that is away."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clients_app import tracing
from tests.acceptance.collector import Collector, collecting
from tests.acceptance.conftest import Customer, customer_of, empty_database
from tests.acceptance.service import PASSWORD, PROJECT, Service, serving, wait_until
from tests.postgresql import free_port
from tests.tasks_app.servers import OK, server

ACCOUNT_TASKS = "/api/v2/admin/tasks/account"
CANARY = "canary4711"

pytestmark = pytest.mark.acceptance


@dataclass(frozen=True)
class Traced:
    collector: Collector
    customer: Customer
    task_id: str

    @property
    def service(self) -> Service:
        return self.customer.service

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Content_Type": "application/json", "Authorization": f"Bearer {self.customer.token}"}
        status, answer = self.service.call(method, path, json.dumps(body).encode() if body else b"", **headers)
        return status, json.loads(answer)

    def register(self, url: str) -> str:
        """An account task that is due at once, and whose parameters nobody but the receiver should see."""
        parameters = {"Method": "POST", "Url": url, "Headers": {"X-Key": CANARY}, "Body": CANARY}
        body = {"TaskID": self.task_id, "Frequency": "NONE", "StartDate": datetime.now(UTC).isoformat()}
        content = {"Parameters": json.dumps(parameters), "ContentType": "application/json"}
        status, answer = self.call("POST", ACCOUNT_TASKS, body | content)
        assert status == 201, answer
        return str(answer["ResponseData"]["Detail"]["ID"])

    def dispatch_and_work(self, **more: str) -> None:
        service = replace(self.service, more=self.service.more | more)
        service.command("run_dispatcher", "--once")
        service.command("run_worker", "--once")

    def run_of(self, account_task: str) -> str:
        _, answer = self.call("GET", f"{ACCOUNT_TASKS}/{account_task}/runs")
        [run] = answer["ResponseData"]["Detail"]
        return str(run["ID"]).replace("-", "").lower()


@contextmanager
def traced(folder: Path, **more: str) -> Iterator[Traced]:
    with collecting() as collector, empty_database("tracing", folder) as url, ExitStack() as stack:
        more |= collector.environ | {"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8"}
        customer = customer_of(stack.enter_context(serving(url, **more)))
        task = customer.service.json_of("add_task", "--name", "Call", "--handler", "http_request")
        yield Traced(collector, customer, task["ID"])


def test_who_asked_what_ran_and_whom_it_called(tmp_path: Path) -> None:
    with traced(tmp_path) as here, server(OK, OK) as (port, requests):
        account_task = here.register(f"http://127.0.0.1:{port}/{CANARY}?token={CANARY}")
        here.dispatch_and_work()
        run = here.run_of(account_task)
        here.call("POST", f"{ACCOUNT_TASKS}/run?id={account_task}")
        here.dispatch_and_work(OUTBOUND_TRACEPARENT="true")
        here.service.call("POST", f"/sign-in?next={CANARY}", f"username=ann@acme.example&password={PASSWORD}".encode())
        here.service.call("GET", f"/{CANARY}")
        here.service.call("GET", "/api/v2/admin/tasks", Authorization="Basic YW5uQGFjbWUuZXhhbXBsZTpjYW5hcnk0NzEx")
        wait_until(lambda: here.collector.spans(role="web", **{"http.response.status_code": 401}))
        [create] = here.collector.named("POST api/v[12]/admin/tasks/account")
        [dispatch] = here.collector.named("dispatch")
        attempts = here.collector.named("attempt")
        [on_demand] = here.collector.named("POST api/v[12]/admin/tasks/account/run")

    customer = here.customer
    assert {resource["account_tasks.role"] for resource in here.collector.resources} == {"web", "dispatcher", "worker"}
    for resource in here.collector.resources:
        assert (resource["service.name"], resource["service.version"]) == ("account-tasks", "0.1.0")
    assert create.facts["client"].replace("-", "") == customer.client["ID"].replace("-", "").lower()
    assert {*create.facts} == {
        "http.request.method", "http.route", "http.response.status_code",
        "request_id", "account", "client", "user", "account_task",
    }  # fmt: skip
    assert any(span.parent_id == create.span_id for span in here.collector.spans(role="web")), "its statements"
    first, second = attempts
    assert (first.trace_id, first.facts["outcome"]) == (run, "SUCCEEDED")
    assert (dispatch.facts["slots"], dispatch.facts["runs"]) == (1, 1)
    assert dispatch.links == [(first.trace_id, first.span_id)]
    assert on_demand.links == [(second.trace_id, second.span_id)]
    assert first.facts["account_task"] == create.facts["account_task"]
    calls = here.collector.spans(role="worker", **{"server.address": "127.0.0.1"})
    assert [call.parent_id for call in calls] == [first.span_id, second.span_id]
    assert b"traceparent" not in requests[0]
    assert f"traceparent: 00-{second.trace_id}-{calls[1].span_id}-01".encode() in requests[1]
    sent = b"".join(here.collector.received)
    client = customer.client
    for secret in (
        CANARY,
        customer.token,
        client["Secret"],
        "ann@acme",
        PASSWORD,
        "YW5uQG",
        "SELECT tasks_app_task.id",
    ):
        assert secret.encode() not in sent, secret


def nobody(listener: socket.socket) -> int:
    """A port that nobody listens on."""
    return free_port()


def silent(listener: socket.socket) -> int:
    """One that takes connections and never answers."""
    return int(listener.getsockname()[1])


@pytest.mark.parametrize("who", [nobody, silent])
def test_a_collector_that_is_away_is_missed_by_nobody(tmp_path: Path, who: Callable[[socket.socket], int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, empty_database("untraced", tmp_path) as url:
        queue = {"OTEL_BSP_MAX_QUEUE_SIZE": "64", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "64"}
        more = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{who(listener)}", "STOP_SECONDS": "5"}
        with serving(url, **queue, **more) as service:
            here = Traced(Collector(0), customer_of(service), service.json_of("add_task", "--name", "T")["ID"])
            times = []
            for _ in range(100):
                began = time.monotonic()
                here.register("http://127.0.0.1:1/")
                times.append(time.monotonic() - began)
            service.command("run_dispatcher", "--once")
            with service.running("run_worker") as worker:
                wait_until(lambda: "QUEUED" not in str(here.call("GET", ACCOUNT_TASKS)))
                worker.terminate()
                began = time.monotonic()
                assert worker.wait(10) == 0
            assert time.monotonic() - began < 5 + tracing.PATIENCE
            began = time.monotonic()

    assert time.monotonic() - began < 2 * tracing.PATIENCE, "the web server stops in time"
    assert sorted(times)[50] < 0.5, "each call of a collector may take ten seconds"


def test_without_a_collector_nothing_of_it_is_imported() -> None:
    loads = "import sys, config.wsgi, tasks_app.management.commands.run_worker"
    prints = "print(sorted(name for name in sys.modules if name.startswith(('opentelemetry', 'google'))))"

    done = subprocess.run(
        [sys.executable, "-c", f"{loads}; {prints}"], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
