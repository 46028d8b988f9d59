"""
The WSGI application: Django, behind a few lines that keep slow clients from it. The web server has a thread for each
connection, and threads that wait are cheap; what is scarce are seats, which are all that can be at work at once. A
thread takes one when the whole body has come, and leaves it before the answer goes out.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from queue import SimpleQueue
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final, cast

from django import setup
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import FileResponse

from clients_app import garbage

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

LONGEST_BODY: Final = 8 * 2**20  # bytes that are read of any body, be it only to drop them
IN_MEMORY: Final = 2**16  # bytes; a longer body lies in a file
PIECE: Final = 2**16

SEATS: Final = 4
SEATS_FOR_CREATES: Final = 1  # those of the express lane, which are done together
SEATS_FOR_STREAMS: Final = 2  # those of answers that are made while they go out, as fast as somebody reads them

Seat = dict[str, BaseDatabaseWrapper]
"""What one thread alone can use at a time: a connection of each database, by alias."""


class Seats:
    """The one that was left last is taken first: its connections are the warmest, in the database's process too."""

    def __init__(self, number: int, *, of_creates: bool = False) -> None:
        self._free: list[Seat] = []
        self._tickets: SimpleQueue[None] = SimpleQueue()  # one for each that is free; the first to come waits first
        for _ in range(number):
            seat = {alias: connections.create_connection(alias) for alias in connections}
            for connection in seat.values():
                connection.inc_thread_sharing()
                vars(connection)["is_of_creates"] = of_creates
            self._put(seat)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A seat for the block."""
        self._tickets.get()
        seat = self._free.pop()
        for alias, connection in seat.items():
            connections[alias] = connection
        try:
            yield
        finally:
            for alias in seat:
                del connections[alias]
            self._put(seat)

    def count(self) -> int:
        """How many are free."""
        return len(self._free)

    def _put(self, seat: Seat) -> None:
        self._free.append(seat)
        self._tickets.put(None)


Lane = Callable[["WSGIEnvironment", "StartResponse"], list[bytes] | None]


def _handlers() -> tuple[Lane, WSGIHandler]:
    """What is asked first, and Django."""
    setup(set_prefix=False)
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        from clients_app import tracing
        from config import traces

        tracing.start("web")
        handler = WSGIHandler()
        handler.get_response = traces.of_requests(handler.get_response)  # type: ignore[assignment, method-assign]
        return lambda environ, start_response: None, handler
    from config import express  # which needs the models

    return express.Lane(Seats(SEATS_FOR_CREATES, of_creates=True).taken), express.Handler()


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """
    Django takes a chunked body for an empty one, so it is given its length here. A body is read whole, whatever a view
    may want of it: a client that is still sending would otherwise lose the answer.
    """
    _read(environ)
    with environ["wsgi.input"]:
        if body := lane(environ, start_response):
            return body
        with seats.taken():
            answer: Any = django(environ, start_response)
            if not answer.streaming:
                answer.close()
                return [answer.content]
    # A file goes out without a seat: nothing has to be looked up for it.
    return cast("Iterable[bytes]", answer) if isinstance(answer, FileResponse) else _streamed(answer)


def _read(environ: "WSGIEnvironment") -> None:
    stream: IO[bytes] = environ["wsgi.input"]
    is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not is_chunked and length <= IN_MEMORY:
        environ["wsgi.input"] = BytesIO(stream.read(length))
        return
    body = environ["wsgi.input"] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed by the caller)
    while body.tell() < LONGEST_BODY and (piece := stream.read(PIECE)):
        body.write(piece)
    if is_chunked:
        environ["CONTENT_LENGTH"] = str(body.tell())
    body.seek(0)


def _streamed(answer: Any) -> Iterator[bytes]:
    with seats_for_streams.taken():
        try:
            yield from answer
        finally:
            answer.close()


seats = Seats(SEATS)
seats_for_streams = Seats(SEATS_FOR_STREAMS)
lane, django = _handlers()
garbage.look_less_often()
