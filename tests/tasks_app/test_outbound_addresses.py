"""Where connections to the outside may lead."""

import socket
from ipaddress import ip_address, ip_network

import pytest
from pytest_django import Settings

from tasks_app import outbound
from tasks_app.outbound import Forbidden, Unreachable
from tests.tasks_app.servers import OK, resolver, send, server


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


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
