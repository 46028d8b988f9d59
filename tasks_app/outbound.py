"""
Outbound: the one function that opens a connection to the outside.

Whoever may register a task may name a URL; what is inside the operators' network must not be reached through it. So the
name is resolved once, each address is judged, and the connection goes to an address that was judged. No redirects are
followed, no proxies of the environment are used, and the whole exchange has one limit of time.
"""

import http.client
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from clients_app import tracing

Address = IPv4Address | IPv6Address

PATIENCE: Final = 15.0  # seconds for the whole exchange
MOST_KEPT: Final = 64 * 1024  # bytes of the answer's body

# What IANA's registries of special-purpose addresses do not call globally reachable, multicast and reserved ones.
_NOT_GLOBAL: Final = [
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
]  # fmt: skip
_GLOBAL_UNICAST: Final = ip_network("2000::/3")  # all that is assigned of IPv6

_UNFIT_FOR_URL: Final = re.compile(r"[\x00-\x20\x7f\\]")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNFIT_FOR_FIELD: Final = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_OURS: Final = {
    "host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "expect", "trailer",
}  # fmt: skip


class Forbidden(Exception):
    """This may not be called, now or later. The reason is the beginning of a sentence."""


class Unreachable(Exception):
    """There was no whole answer; a later call may get one. The reason is the beginning of a sentence."""


@dataclass(frozen=True)
class Answer:
    """headers: names in lower case. body: the first 64 KiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str
    host_field: str


def send(method: str, url: str, *, headers: Mapping[str, str], body: bytes, patience: float = PATIENCE) -> Answer:
    """
    One request and the beginning of its answer, whatever its status. patience: seconds for all of it.

    Raises Forbidden and Unreachable.
    """
    target = _read(url)
    facts = {"http.request.method": method, "server.address": target.host, "server.port": target.port}
    with tracing.span(method, facts, kind="client"):
        answer = _sent(method, target, _checked(headers), body, monotonic() + patience)
        tracing.about(**{"http.response.status_code": answer.status})
        return answer


def _sent(method: str, target: _Target, headers: dict[str, str], body: bytes, give_up_at: float) -> Answer:
    fields = headers | {"Host": target.host_field, "Connection": "close", "Accept-Encoding": "identity"}
    if "traceparent" not in map(str.lower, headers):
        fields |= tracing.traceparent()
    addresses = [address for address in _resolved(target, give_up_at) if is_allowed(address)]
    if not addresses:
        raise Forbidden(f"{target.host} has no address that may be called")
    try:
        with _connected(addresses, target, give_up_at) as connected:
            return _exchange(connected, method, target, fields, body, give_up_at)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{target.host} {_problem(error, is_late=monotonic() >= give_up_at)}") from None


def is_allowed(address: Address) -> bool:
    """Global unicast, or in a network of OUTBOUND_ALLOWED_NETWORKS. An IPv4 address in an IPv6 one counts as itself."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in settings.OUTBOUND_ALLOWED_NETWORKS):
        return True
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _NOT_GLOBAL)


def _problem(error: Exception, *, is_late: bool) -> str:
    """A sentence that is the same each time: repeats of a failure are gathered by it."""
    if is_late or isinstance(error, TimeoutError):
        return "gave no whole answer in time"
    if isinstance(error, ssl.SSLError):
        return "has no TLS certificate that can be trusted, or no TLS"
    return "gave no whole answer"


def _read(url: str) -> _Target:
    """Raises Forbidden unless it is a plain http or https URL."""
    if _UNFIT_FOR_URL.search(url):
        raise Forbidden("the URL holds blanks, control characters or backslashes")
    try:
        parts = urlsplit(url)
        port = {"http": 80, "https": 443}[parts.scheme] if parts.port is None else parts.port
        host = (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else parts.hostname
    except KeyError:
        raise Forbidden("the URL must begin with http:// or https://") from None
    except ValueError:
        raise Forbidden("the URL has a host or a port that is none") from None
    if parts.scheme not in ("http", "https"):
        raise Forbidden("the URL must begin with http:// or https://")
    if not host or port == 0 or "%" in host:
        raise Forbidden("the URL has a host or a port that is none")
    if "@" in parts.netloc:
        raise Forbidden("the URL must not hold a user name or a password")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise Forbidden("the URL must have only ASCII characters after its host")
    in_field = f"[{host}]" if ":" in host else host
    is_usual = port == {"http": 80, "https": 443}[parts.scheme]
    return _Target(parts.scheme, host, port, path, in_field if is_usual else f"{in_field}:{port}")


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Raises Forbidden for what could make another request of it."""
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or _UNFIT_FOR_FIELD.search(value):
            raise Forbidden("a header has a name or a value that HTTP does not know")
        if name.lower() in _OURS or name.lower().startswith("proxy-"):
            raise Forbidden(f"the header {name} is set by the service itself")
    has_agent = any(name.lower() == "user-agent" for name in headers)
    return dict(headers) if has_agent else {"User-Agent": "account-tasks", **headers}


def _resolved(target: _Target, give_up_at: float) -> list[Address]:
    """Its addresses, asked for once. Raises Unreachable. The resolver knows no limit of time, so a thread asks it."""
    answers: SimpleQueue[list[Address] | OSError | ValueError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            answers.put([ip_address(str(entry[4][0]).partition("%")[0]) for entry in found])
        except (OSError, ValueError) as error:
            answers.put(error)

    Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, give_up_at - monotonic()))
    except Empty:
        raise Unreachable(f"{target.host} could not be resolved in time") from None
    if isinstance(answer, Exception):
        raise Unreachable(f"{target.host} could not be resolved")
    return list(dict.fromkeys(answer))


@contextmanager
def _connected(addresses: list[Address], target: _Target, give_up_at: float) -> Iterator[socket.socket]:
    """
    A connection to the first of the addresses that takes one, with TLS if the URL says so. When the time is up it is
    shut down, whatever it is being used for: a limit for each read would let the other side send a byte now and then.
    """
    plain = _connection(addresses, target.port, give_up_at)
    with plain, plain.dup() as handle:
        end = Timer(max(0.0, give_up_at - monotonic()), _shut_down, [handle])
        end.daemon = True
        end.start()
        try:
            if target.scheme == "https":
                with tls().wrap_socket(plain, server_hostname=target.host) as secured:
                    yield secured
            else:
                yield plain
        finally:
            end.cancel()
            end.join()


def _connection(addresses: list[Address], port: int, give_up_at: float) -> socket.socket:
    """To an address, not to a name: nothing is resolved again. Each one gets its share of the time that is left."""
    for number, address in enumerate(addresses, start=1):
        connection = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6)
        share = (give_up_at - monotonic()) / (len(addresses) - number + 1)
        connection.settimeout(max(0.001, share))
        try:
            connection.connect((str(address), port))
            connection.settimeout(max(0.001, give_up_at - monotonic()))
        except OSError:
            connection.close()
            if number == len(addresses):
                raise
        else:
            return connection
    raise AssertionError


def _shut_down(handle: socket.socket) -> None:
    with suppress(OSError):  # the other side may have been first
        handle.shutdown(socket.SHUT_RDWR)


@cache
def tls() -> ssl.SSLContext:
    """Certificates are checked against the machine's authorities (SSL_CERT_FILE), and against the name of the host."""
    return ssl.create_default_context()


def _exchange(
    connected: socket.socket, method: str, target: _Target, fields: dict[str, str], body: bytes, give_up_at: float
) -> Answer:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = connected
    connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
    if body or method in ("POST", "PUT", "PATCH"):
        fields = fields | {"Content-Length": str(len(body))}
    for name, value in fields.items():
        connection.putheader(name, value)
    connection.endheaders(body or None)
    with connection.getresponse() as response:
        kept = response.read(MOST_KEPT)
        is_cut_off = len(kept) < MOST_KEPT and response.length  # what the head has announced and did not come
        if is_cut_off or monotonic() >= give_up_at:
            raise http.client.IncompleteRead(kept)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, kept)
