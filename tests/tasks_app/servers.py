"""Servers on the loopback that answer as a test wants, and calls of them."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tasks_app import outbound
from tasks_app.outbound import Answer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok"

Serve = Callable[[socket.socket], None]


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


def resolver(*answers: list[str]) -> tuple[Callable[..., Any], list[str]]:
    """One that gives these addresses, each time the next ones; and the names that it was asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    return getaddrinfo, asked


def silence(connection: socket.socket) -> None:
    connection.settimeout(10)
    connection.recv(1)
