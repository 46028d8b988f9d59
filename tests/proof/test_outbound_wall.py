"""
The wall between the outside and what is inside: internal addresses in all the ways that they can be written, as a host,
as the target of a redirect, as the second answer of a resolver, and beside an address that is allowed.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import pytest
from pytest_django import Settings

from tasks_app import outbound
from tasks_app.outbound import Forbidden, Unreachable
from tests.proof.conftest import Report

pytestmark = pytest.mark.proof

THIS_HOST = "0.0.0.0"  # noqa: S104 (to be refused)
FULLWIDTH_ZERO = 0xFF10
INSIDE = [
    "127.0.0.1", "127.255.255.254", THIS_HOST, "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
]  # fmt: skip
INSIDE_6 = [
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "5f00::1",
]
OUTSIDE = [f"{first}.{second}.0.9" for first in (1, 8, 9, 23, 93, 151) for second in range(7)] + [
    "2606:4700::1111", "2a00:1450:4001::1", "2400:cb00::1", "2c0f:fb50::1", "2001:200::1", "2620:fe::fe",
    "2803:f800::1", "2405:b500::1",
]  # fmt: skip


def spellings(address: str) -> list[str]:
    """Hosts of a URL that mean an IPv4 address, to some resolver or parser at least."""
    number = int(IPv4Address(address))
    a, b, c, d = address.split(".")
    high, low = number >> 16, number & 0xFFFF
    return [
        address,
        f"{address}.",
        str(number),
        f"{number:#x}",
        f"0{number:o}",
        f"0x{int(a):x}.0x{int(b):x}.0x{int(c):x}.0x{int(d):x}",
        f"0{int(a):o}.0{int(b):o}.0{int(c):o}.0{int(d):o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{low}",
        f"[::ffff:{address}]",
        f"[::FFFF:{high:x}:{low:x}]",
        f"[0:0:0:0:0:ffff:{high:04x}:{low:04x}]",
        f"[::{address}]",
        f"[64:ff9b::{high:x}:{low:x}]",
        f"[2002:{high:x}:{low:x}::]",
        f"[2001:0:{high:x}:{low:x}::]",
        f"[::ffff:0:{address}]",
        f"{a}。{b}。{c}。{d}",
        "".join(chr(FULLWIDTH_ZERO + int(digit)) if digit.isdigit() else digit for digit in address),
        f"{address}%00.example.org",
        f"user@{address}",
        f"example.org@{address}",
        f"example.org:80@{address}",
        f"[fe80::{high:x}:{low:x}%25lo]",
        f"%{ord(a[0]):02x}{address[1:]}",
        f"{address}\\@example.org",
        f"{address}#@example.org",
    ]


HOSTS = [(address, host) for address in INSIDE for host in spellings(address)] + [
    (address, f"[{address}]") for address in INSIDE_6
]


@contextmanager
def sentinels() -> Iterator[tuple[int, list[str]]]:
    """Listeners on both loopback addresses and on all others of this machine, on one port; and who came."""
    visits: list[str] = []
    port = 0
    listeners: list[socket.socket] = []
    for family, host in ((socket.AF_INET, ""), (socket.AF_INET6, "::1")):
        try:
            listener = socket.create_server((host, port), family=family)
        except OSError:  # no IPv6 here
            continue
        port = listener.getsockname()[1]
        listeners.append(listener)

    def watch(listener: socket.socket) -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            visits.append(str(address))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
            connection.close()

    threads = [threading.Thread(target=watch, args=(listener,), daemon=True) for listener in listeners]
    for thread in threads:
        thread.start()
    try:
        yield port, visits
    finally:
        for listener in listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in threads:
            thread.join(5)


def is_stopped(host: str, port: int) -> bool:
    try:
        outbound.send("GET", f"http://{host}:{port}/", headers={}, body=b"", patience=2)
    except (Forbidden, Unreachable):
        return True
    return False


def answers(*addresses: str) -> Any:
    """A resolver that gives all of these at once."""

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(families[ip_address(each).version], socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    return getaddrinfo


def refusing(called: list[Any]) -> Any:
    """In place of socket.connect: writes down where to, and does not go there."""

    def connect(self: socket.socket, to: Any) -> None:
        called.append(to)
        raise ConnectionRefusedError

    return connect


@pytest.fixture(autouse=True)
def nothing_is_allowed(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = []


@pytest.mark.enable_socket
def test_no_spelling_of_an_address_inside_is_called(report: Report) -> None:
    with sentinels() as (port, visits):
        passed = [host for _, host in HOSTS if not is_stopped(host, port)]

    report(
        "T12",
        "spellings of addresses inside, as a host",
        found=f"{len(HOSTS)} spellings, {len(passed)} passed, {len(visits)} connections inside",
        wanted="238 spellings, 0 connections",
        met=len(HOSTS) >= 238 and not passed and not visits,
    )


@pytest.mark.enable_socket
def test_no_redirect_leads_inside(report: Report, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server that redirects is outside: its address is allowed for it alone."""
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.77/32")]
    statuses = []
    with sentinels() as (port, visits), socket.create_server(("127.0.0.77", 0)) as outside:
        target = {"host": ""}

        def redirect() -> None:
            for _ in HOSTS:
                connection, _address = outside.accept()
                connection.recv(65536)
                location = f"http://{target['host']}:{port}/".encode()
                connection.sendall(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
                connection.close()

        threading.Thread(target=redirect, daemon=True).start()
        for _, host in HOSTS:
            target["host"] = host
            url = f"http://127.0.0.77:{outside.getsockname()[1]}/"
            statuses.append(outbound.send("GET", url, headers={}, body=b"", patience=5).status)

    assert set(statuses) == {302}
    report(
        "T12",
        "the same, as the target of a redirect",
        found=f"{len(statuses)} spellings, {len(visits)} connections inside",
        wanted="238 spellings, 0 connections",
        met=len(statuses) >= 238 and not visits,
    )


@pytest.mark.enable_socket
def test_a_resolver_that_changes_its_mind_leads_nowhere(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """First an address outside, then one inside: the second question is never asked."""
    called: list[Any] = []
    asked = 0

    def rebinding(inside: str) -> Any:
        def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
            nonlocal asked
            asked += 1
            return answers("93.184.215.14" if asked % 2 else inside)(host, port)

        return getaddrinfo

    monkeypatch.setattr(socket.socket, "connect", refusing(called))
    for address in INSIDE + INSIDE_6:
        monkeypatch.setattr(socket, "getaddrinfo", rebinding(address))
        asked = 0
        assert is_stopped("rebinding.example", 80)
        assert asked == 1

    report(
        "T12",
        "resolvers that change their mind",
        found=f"{len(called)} calls, to {len(set(called))} address",
        wanted="all to the address that was judged",
        met=set(called) == {("93.184.215.14", 80)},
    )


@pytest.mark.enable_socket
def test_an_address_inside_beside_one_outside_is_not_tried(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", refusing(called))
    for inside in INSIDE + INSIDE_6:
        for both in ((inside, "93.184.215.14"), ("93.184.215.14", inside), (f"::ffff:{inside}", "2606:4700::1111")):
            if both[0].startswith("::ffff:") and inside in INSIDE_6:
                continue
            monkeypatch.setattr(socket, "getaddrinfo", answers(*both))
            assert is_stopped("both.example", 80)

    inside_too = [to for to in called if to[0] not in ("93.184.215.14", "2606:4700::1111")]
    report(
        "T12",
        "an address inside beside one outside",
        found=f"{len(called)} calls, {len(inside_too)} inside",
        wanted="0 inside",
        met=bool(called) and not inside_too,
    )


@pytest.mark.enable_socket
def test_addresses_outside_are_called(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", refusing(called))
    for address in OUTSIDE:
        monkeypatch.setattr(socket, "getaddrinfo", answers(address))
        is_stopped("outside.example", 80)

    report(
        "T12",
        "control: addresses outside",
        found=f"{len(OUTSIDE)}, {len(called)} called",
        wanted="50, all called",
        met=len(OUTSIDE) >= 50 and [to[0] for to in called] == [str(ip_address(address)) for address in OUTSIDE],
    )


@pytest.mark.enable_socket
def test_without_the_wall_the_sentinels_are_reached(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "is_allowed", anything)
    own = [host for address, host in HOSTS if address in ("127.0.0.1", THIS_HOST, "::1", "::")]
    with sentinels() as (port, visits):
        passed = [host for host in own if not is_stopped(host, port)]

    report(
        "T12",
        "control: spellings of this machine, without the wall",
        found=f"{len(passed)} of {len(own)} reach a sentinel, {len(visits)} connections",
        wanted="at least 15, as many connections",
        met=len(passed) == len(visits) and len(passed) >= 15,
    )


def anything(address: IPv4Address | IPv6Address) -> bool:
    return True
