"""Connections to the outside: one exchange, and its limits of time."""

import socket
import time
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django import Settings

from tasks_app.outbound import Answer, Unreachable
from tests.tasks_app.servers import OK, Serve, send, server, silence


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


def test_an_exchange() -> None:
    with server(OK) as (port, requests):
        answer = send(f"http://127.0.0.1:{port}/a/b?c=d#e", "POST", b"body", X_A="b")

    assert answer == Answer(200, {"content-length": "2", "x-a": "b"}, b"ok")
    head, body = requests[0].split(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /a/b?c=d HTTP/1.1"
    assert set(head.split(b"\r\n")[1:]) == {
        f"Host: 127.0.0.1:{port}".encode(),
        b"User-Agent: account-tasks",
        b"X-A: b",
        b"Connection: close",
        b"Accept-Encoding: identity",
        b"Content-Length: 4",
    }
    assert body == b"body"


def test_a_get_has_no_body_and_a_post_always_has_a_length() -> None:
    with server(OK, OK) as (port, requests):
        send(f"http://127.0.0.1:{port}")
        send(f"http://127.0.0.1:{port}", "POST")

    assert requests[0].startswith(b"GET / HTTP/1.1\r\n")
    assert b"Content-Length" not in requests[0]
    assert b"Content-Length: 0\r\n" in requests[1]


def test_the_first_64_kib_of_an_answer_are_kept() -> None:
    with server(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 100_000) as (port, _):
        answer = send(f"http://127.0.0.1:{port}")

    assert answer.body == b"x" * 65_536


def test_a_chunked_answer_is_read() -> None:
    with server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n") as (port, _):
        assert send(f"http://127.0.0.1:{port}").body == b"ok"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with server(OK) as (inside, visits):
        redirect = f"HTTP/1.1 {status} Over there\r\nLocation: http://127.0.0.1:{inside}/\r\nContent-Length: 0\r\n\r\n"
        with server(redirect.encode()) as (port, _):
            answer = send(f"http://127.0.0.1:{port}")

    assert answer.status == status
    assert visits == []


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(OK) as (proxy, visits), server(OK) as (port, _):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        answer = send(f"http://127.0.0.1:{port}")

    assert answer.status == 200
    assert visits == []


# --- limits of time ---------------------------------------------------------------------------------------------------


def drip(connection: socket.socket) -> None:
    """A byte of the head now and then, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(200):
        connection.sendall(b"X")
        time.sleep(0.05)


def drip_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"x")
        time.sleep(0.05)


def informational(connection: socket.socket) -> None:
    for _ in range(200):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


@pytest.mark.parametrize("slow", [silence, drip, drip_body, informational])
def test_the_whole_exchange_has_one_limit_of_time(slow: Serve) -> None:
    with server(slow) as (port, _):
        began = time.monotonic()
        with pytest.raises(Unreachable, match="in time"):
            send(f"http://127.0.0.1:{port}", patience=0.5)
        assert time.monotonic() - began < 3


def test_a_resolver_that_is_slow_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*args: Any, **kwargs: Any) -> Any:
        time.sleep(2)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    began = time.monotonic()
    with pytest.raises(Unreachable, match="resolved in time"):
        send("http://example.org", patience=0.3)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"],
)
def test_an_answer_that_is_none_or_cut_off(answer: bytes) -> None:
    with server(answer) as (port, _), pytest.raises(Unreachable, match="gave no whole answer"):
        send(f"http://127.0.0.1:{port}")


def test_nobody_listens() -> None:
    with server() as (port, _):
        pass

    with pytest.raises(Unreachable):
        send(f"http://127.0.0.1:{port}")


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(Unreachable, match=r"example\.org could not be resolved"):
        send("http://example.org")
