"""Dispatcher and worker as processes: what is registered runs, whatever happens to them."""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests import postgresql
from tests.acceptance.conftest import Customer, customer_of
from tests.acceptance.service import PASSWORD, Service, serving, wait_until

ACCOUNT_TASKS = "/api/v2/admin/tasks/account"
OUTSIDE = {"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8", "LEASE_SECONDS": "5", "STOP_SECONDS": "2"}

pytestmark = pytest.mark.acceptance


@dataclass
class Receiver:
    """An HTTP server. answer: what each call waits for."""

    answer: Callable[[], None] = lambda: None
    calls: list[tuple[dict[str, str], str]] = field(default_factory=list)
    url: str = ""

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.calls]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            receiver.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
            receiver.answer()
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield receiver
        server.shutdown()


@dataclass(frozen=True)
class Caller:
    """A customer whose account has a task that calls the receiver."""

    customer: Customer
    task_id: str
    secret: str

    @property
    def service(self) -> Service:
        return self.customer.service

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.customer.token}"}
        if body:
            headers["Content_Type"] = "application/json"
        status, answer = self.service.call(method, path, json.dumps(body).encode() if body else b"", **headers)
        assert status < 300, answer
        return json.loads(answer)["ResponseData"]["Detail"]

    def register(self, receiver: Receiver, start_at: datetime | None = None) -> str:
        """Runs once, now; its ID."""
        moment = (start_at or datetime.now(UTC)).isoformat()
        parameters = json.dumps({"Url": receiver.url, "Body": '{"hello": "world"}'})
        body = {"TaskID": self.task_id, "Frequency": "NONE", "StartDate": moment, "Parameters": parameters}
        created = self._call("POST", ACCOUNT_TASKS, body | {"ContentType": "application/json"})
        return str(created["ID"])

    def run(self, key: str) -> None:
        self._call("POST", f"{ACCOUNT_TASKS}/run?id={key}")

    def status(self, key: str) -> str:
        return str(self._call("GET", f"{ACCOUNT_TASKS}/{key}")["Status"])

    @contextmanager
    def dispatcher(self) -> Iterator["subprocess.Popen[bytes]"]:
        with self.service.running("run_dispatcher", **OUTSIDE) as process:
            yield process

    @contextmanager
    def worker(self, **environ: str) -> Iterator["subprocess.Popen[bytes]"]:
        with self.service.running("run_worker", **OUTSIDE | environ) as process:
            yield process


def caller_of(customer: Customer) -> Caller:
    service = customer.service
    email = f"ann@{token_hex(8)}.example"  # the database may have seen this module before
    account = service.json_of("create_account", "--name", "Runs", "--email", email, "--password", PASSWORD)
    client = service.json_of("create_client", "--email", email, "--name", "Acceptance")
    task = service.json_of("add_task", "--name", "Call", "--handler", "http_request")
    own = Customer(service, account["UserID"], client, service.token(client), customer.task_id)
    return Caller(own, task["ID"], account["SigningSecret"])


@pytest.fixture(scope="module")
def caller(customer: Customer) -> Caller:
    return caller_of(customer)


def test_what_is_registered_runs_signed_and_once(caller: Caller, receiver: Receiver) -> None:
    with caller.dispatcher(), caller.worker():
        key = caller.register(receiver)
        wait_until(lambda: caller.status(key) == "SUCCEEDED")
        wait_until(lambda: caller.service.call("GET", "/readyz")[0] == 200)
        caller.run(key)
        wait_until(lambda: len(receiver.calls) == 2)

    [(headers, body), _] = receiver.calls
    assert Webhook(caller.secret).verify(body, headers) == {"hello": "world"}
    assert len(set(receiver.ids)) == 2


def listens_to(sent: signal.Signals, pid: int) -> bool:
    """Whether the process has got so far that it does something of its own about the signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    (caught,) = (int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(caught >> (sent - 1) & 1)


def test_both_commands_end_at_once_when_they_are_idle(caller: Caller) -> None:
    for command in (caller.dispatcher, caller.worker):
        with command() as process:
            wait_until(partial(listens_to, signal.SIGTERM, process.pid))
            time.sleep(1)
            began = time.monotonic()
            process.terminate()

            assert process.wait(10) == 0
            assert time.monotonic() - began < 2


def test_a_worker_that_is_told_to_stop_finishes_what_it_has_begun(caller: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda: time.sleep(1)
    with caller.dispatcher(), caller.worker() as worker:
        key = caller.register(receiver)
        wait_until(lambda: len(receiver.calls) == 1)
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(10) == 0
    assert caller.status(key) == "SUCCEEDED"
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("signals", [1, 2])
def test_what_a_worker_can_not_finish_in_time_goes_to_another_one(
    caller: Caller, receiver: Receiver, signals: int
) -> None:
    """After STOP_SECONDS, with a second signal at once."""
    is_slow = threading.Event()
    receiver.answer = lambda: None if is_slow.is_set() else time.sleep(14)
    with caller.dispatcher():
        with caller.worker(STOP_SECONDS="3" if signals == 1 else "600") as worker:
            key = caller.register(receiver)
            wait_until(lambda: len(receiver.calls) == 1)
            began = time.monotonic()
            for _ in range(signals):
                worker.send_signal(signal.SIGTERM)
                time.sleep(1.2)

            assert worker.wait(10) == 0
            assert time.monotonic() - began < 6
        assert caller.status(key) == "QUEUED"
        is_slow.set()
        with caller.worker():
            wait_until(lambda: caller.status(key) == "SUCCEEDED")

    assert len(receiver.calls) == 2
    assert len(set(receiver.ids)) == 1


def test_another_attempt_starts_when_a_worker_is_killed(caller: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda: None if len(receiver.calls) > 1 else time.sleep(14)
    with caller.dispatcher():
        with caller.worker() as worker:
            key = caller.register(receiver)
            wait_until(lambda: len(receiver.calls) == 1)
            worker.kill()
            worker.wait()
        assert caller.status(key) == "RUNNING"
        with caller.worker():
            wait_until(lambda: caller.status(key) == "SUCCEEDED")

    assert len(receiver.calls) == 2
    assert len(set(receiver.ids)) == 1


def test_what_was_due_while_nobody_dispatched_runs_once(caller: Caller, receiver: Receiver) -> None:
    key = caller.register(receiver)
    assert caller.status(key) == "PENDING"

    with caller.dispatcher(), caller.dispatcher(), caller.worker():
        wait_until(lambda: caller.status(key) == "SUCCEEDED")
        time.sleep(1)

    assert len(receiver.calls) == 1


@pytest.mark.postgresql
def test_after_an_outage_of_the_database_runs_go_on_without_a_restart(
    postgresql_server: postgresql.Server, receiver: Receiver
) -> None:
    with serving(postgresql_server.url) as service:
        caller = caller_of(customer_of(service))
        with caller.dispatcher() as dispatcher, caller.worker() as worker:
            waiting = caller.register(receiver)
            wait_until(lambda: caller.status(waiting) == "SUCCEEDED")
            due_at = datetime.now(UTC).timestamp() + 3
            late = caller.register(receiver, datetime.fromtimestamp(due_at, UTC))
            before = len(receiver.calls)
            postgresql_server.stop("immediate")
            time.sleep(8)
            postgresql_server.start()
            back_at = time.monotonic()
            wait_until(lambda: len(receiver.calls) > before)
            took = time.monotonic() - back_at
            wait_until(lambda: caller.status(late) == "SUCCEEDED")

            assert took < 10
            assert dispatcher.poll() is worker.poll() is None
