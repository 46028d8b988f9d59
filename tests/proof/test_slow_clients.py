"""Clients that send slowly, or read slowly, keep nobody else waiting."""

import json
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.acceptance.conftest import Customer, customer_of, empty_database
from tests.acceptance.service import exchange, serving
from tests.proof.conftest import Report

pytestmark = pytest.mark.acceptance

PATH = "/api/v2/admin/tasks/account"
SLOW = 200  # clients
PATIENCE_S = 1.0
CALLS = 20
KINDS = ("headers", "bodies", "long bodies", "bodies without a token", "chunks", "nothing")


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Customer]:
    with empty_database("slow_clients", tmp_path_factory.mktemp("service")) as url, serving(url) as service:
        yield customer_of(service)


def head(customer: Customer, *more: str) -> bytes:
    lines = (
        f"POST {PATH} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Authorization: Bearer {customer.token}",
        *more,
    )
    return "\r\n".join([*lines, "", ""]).encode()


def beginnings(customer: Customer) -> dict[str, tuple[bytes, bytes]]:
    """What a slow client sends at first, and then again and again."""
    nobody = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n".encode()
    return {
        "headers": (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"x"),
        "bodies": (head(customer, "Content-Length: 1000"), b" "),
        "long bodies": (head(customer, "Content-Length: 1000000"), b" "),
        "bodies without a token": (nobody, b" "),
        "chunks": (head(customer, "Transfer-Encoding: chunked"), b"1\r\n \r\n"),
        "nothing": (b"", b""),
    }


@contextmanager
def slow_clients(port: int, first: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 5)) for _ in range(SLOW)]
        for client in clients:
            client.sendall(first)
        yield clients


@pytest.mark.parametrize("kind", KINDS)
def test_two_hundred_slow_senders_keep_nobody_waiting(customer: Customer, report: Report, kind: str) -> None:
    first, drop = beginnings(customer)[kind]
    members = {"TaskID": str(customer.task_id), "Frequency": 1, "Parameters": "{}", "ContentType": "application/json"}
    body = json.dumps(members).encode()
    call = head(customer, f"Content-Length: {len(body)}", "Connection: close") + body
    seconds = []

    with slow_clients(customer.service.port, first) as clients:
        for number in range(CALLS):
            for client in clients[number :: CALLS // 4]:
                client.sendall(drop)
            began = time.monotonic()
            assert exchange(customer.service.port, call, "POST")[0].status == 201
            seconds.append(time.monotonic() - began)

    report(
        "T11",
        f"{SLOW} clients that are slow with {kind}, creates meanwhile",
        found=f"median {statistics.median(seconds) * 1000:.0f} ms, slowest {max(seconds) * 1000:.0f} ms",
        wanted=f"each within {PATIENCE_S:g} s",
        met=max(seconds) <= PATIENCE_S,
    )
