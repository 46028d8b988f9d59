"""The one function that opens a connection to the outside: what it sends, where to, and for how long."""

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from tasks_app import outbound
from tasks_app.outbound import Answer, Forbidden, Unreachable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok"

Serve = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@contextmanager
def server(*answers: bytes | Serve, context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """Port and the requests that came; each connection gets the next of the answers."""
    requests: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answer in answers:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    secured = context.wrap_socket(connection, server_side=True) if context else connection
                    requests.append(whole_request(secured))
                    if callable(answer):
                        answer(secured)
                    else:
                        secured.sendall(answer)
                    secured.shutdown(socket.SHUT_WR)
                    secured.recv(1)
                    secured.close()
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], requests
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def whole_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request or (b"Content-Length: 4" in request and not request.endswith(b"body")):
        part = connection.recv(65536)
        if not part:
            break
        request += part
    return request


def send(url: str, method: str = "GET", body: bytes = b"", patience: float = 5, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return outbound.send(method, url, headers=named, body=body, patience=patience)


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


def silence(connection: socket.socket) -> None:
    connection.settimeout(10)
    connection.recv(1)


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


# --- where to ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//127.0.0.1/",
        "127.0.0.1",
        "",
        "http://",
        "http:///path",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:x/",
        "http://user:secret@127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://@127.0.0.1/",
        "http://127.0.0.1\\@example.org/",
        "http://127.0.0.1/ x",
        "http://127.0.0.1/\r\nX: y",
        "http://127.0.0.1\t/",
        "http://127.0.0.1/é",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://127.0.0.1%2f/",
        f"http://{'a' * 64}.example/",
        "http://..example/",
    ],
)
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(Forbidden) as refused:
        send(url)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "inside"),
        ("content-length", "5"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive"),
        ("Proxy-Authorization", "x"),
        ("Expect", "100-continue"),
        ("X A", "b"),
        ("X-A:", "b"),
        ("", "b"),
        ("X-A", "b\r\nX-B: c"),
        ("X-A", "b\nc"),
        ("X-A", "b\x00"),
        ("X-A", "€"),
    ],
)
def test_headers_that_are_refused(name: str, value: str) -> None:
    with pytest.raises(Forbidden):
        outbound.send("GET", "http://127.0.0.1/", headers={name: value}, body=b"")


def resolver(*answers: list[str]) -> tuple[Callable[..., Any], list[str]]:
    """One that gives these addresses, each time the next ones; and the names that it was asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    return getaddrinfo, asked


def test_a_name_is_resolved_once_and_what_was_judged_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    getaddrinfo, asked = resolver(["127.0.0.1"], ["127.0.0.9"])
    with server(OK) as (port, requests):
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        send(f"http://example.org:{port}/")

    assert asked == ["example.org"]
    assert f"Host: example.org:{port}\r\n".encode() in requests[0]


def test_of_several_addresses_those_inside_are_left_out(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.2/32")]
    with server(OK) as (port, requests):
        getaddrinfo, _ = resolver(["::1", "127.0.0.1", "10.0.0.1"])
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        with pytest.raises(Forbidden, match=r"example\.org has no address that may be called"):
            send(f"http://example.org:{port}/")

    assert requests == []


def test_the_next_address_is_tried_if_one_does_not_answer(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("::1/128"), ip_network("127.0.0.0/8")]
    with server(OK) as (port, _):
        getaddrinfo, _asked = resolver(["::1", "127.0.0.1"])
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

        assert send(f"http://example.org:{port}/").status == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "017700000001", "127.0.0.1."])
def test_nothing_inside_is_called_unless_an_operator_says_so(settings: Settings, host: str) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = []
    with server(OK) as (port, requests):
        with pytest.raises((Forbidden, Unreachable)):
            send(f"http://{host}:{port}/")
        settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
        answer = send(f"http://127.0.0.1:{port}/")

    assert answer.status == 200
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("8.8.8.8", True),
        ("192.0.1.1", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("0.0.0.1", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("172.31.255.255", False),
        ("192.0.0.8", False),
        ("198.19.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("2002:7f00:1::", False),
        ("3fff::1", False),
        ("fc00::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("5f00::1", False),
    ],
)
def test_global_unicast_alone_is_allowed(settings: Settings, address: str, is_allowed: bool) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = []

    assert outbound.is_allowed(ip_address(address)) == is_allowed


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of example.org and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example.org")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("example.org")]), critical=False)
    signed = builder.sign(key, hashes.SHA256())
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = serialization.PrivateFormat.PKCS8
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def secured(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What the server uses; every name is at 127.0.0.1, and the certificate's own authority is trusted."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(outbound, "tls", lambda: trusting)
    monkeypatch.setattr(socket, "getaddrinfo", resolver(["127.0.0.1"])[0])
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    return serving


def test_tls_by_name_though_the_connection_goes_to_an_address(secured: ssl.SSLContext) -> None:
    with server(OK, context=secured) as (port, _):
        assert send(f"https://example.org:{port}/").body == b"ok"


def test_a_certificate_of_another_name_is_not_trusted(secured: ssl.SSLContext) -> None:
    with server(OK, context=secured) as (port, requests), pytest.raises(Unreachable, match="certificate"):
        send(f"https://other.example:{port}/")

    assert requests == []


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    secured: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "tls", ssl.create_default_context)
    with server(OK, context=secured) as (port, _), pytest.raises(Unreachable, match="certificate"):
        send(f"https://example.org:{port}/")


def test_a_handshake_that_never_comes_counts_too(secured: ssl.SSLContext) -> None:
    with server(silence) as (port, _), pytest.raises(Unreachable, match="in time"):
        send(f"https://example.org:{port}/", patience=0.5)
