"""Every body is read whole before Django gets the call, and no more of it than there may be; seats are given back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from config import express, wsgi
from config.express import Answer


class Body(BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size >= 0, "a body is never read without a limit"
        return super().read(size)


def in_a_thread(work: Callable[[], Any]) -> Any:
    """As the web server has them: the thread of the tests keeps the connection that it has."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def call(
    monkeypatch: pytest.MonkeyPatch, body: Body, answer: HttpResponseBase | None = None, /, **environ: str
) -> dict[str, Any]:
    """What Django sees of a request, and what goes out."""
    seen: dict[str, Any] = {}

    def django(environ: dict[str, Any], start_response: object) -> HttpResponseBase:
        was_read = body.tell()
        seen.update(length=environ.get("CONTENT_LENGTH"), body=environ["wsgi.input"].read(), was_read=was_read)
        return answer or HttpResponse(b"answer")

    monkeypatch.setattr(wsgi, "lane", lambda environ, start_response: None)
    monkeypatch.setattr(wsgi, "django", django)
    call_of_server: Any = {"wsgi.input": body, **environ}
    sent = in_a_thread(lambda: b"".join(wsgi.application(call_of_server, lambda *args: lambda data: None)))
    return seen | {"sent": sent}


def seats() -> tuple[int, int]:
    return wsgi.seats.count(), wsgi.seats_for_streams.count()


@pytest.mark.parametrize("size", [0, 1000, 2**16, 2**16 + 1])
def test_a_chunked_body_has_its_length(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    seen = call(monkeypatch, Body(b"x" * size), HTTP_TRANSFER_ENCODING="Chunked")

    assert seen == {"length": str(size), "body": b"x" * size, "was_read": size, "sent": b"answer"}


@pytest.mark.parametrize("size", [0, 10, 2**16, 2**16 + 1, 3 * 2**20])
def test_a_body_is_there_before_django_is_called(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    seen = call(monkeypatch, Body(b"x" * size), CONTENT_LENGTH=str(size))

    assert seen == {"length": str(size), "body": b"x" * size, "was_read": size, "sent": b"answer"}


@pytest.mark.parametrize("environ", [{"HTTP_TRANSFER_ENCODING": "chunked"}, {"CONTENT_LENGTH": str(20 * 2**20)}])
def test_no_more_than_8_mib_are_ever_read(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    body = Body(b"x" * (20 * 2**20))

    call(monkeypatch, body, **environ)

    assert body.tell() == 8 * 2**20


def test_a_seat_is_left_when_the_answer_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    answer = HttpResponse(b"answer")
    monkeypatch.setattr(answer, "close", lambda: closed.append(seats()))

    call(monkeypatch, Body(), answer)

    assert closed == [(wsgi.SEATS - 1, wsgi.SEATS_FOR_STREAMS)]
    assert seats() == (wsgi.SEATS, wsgi.SEATS_FOR_STREAMS)


def test_an_answer_that_is_made_while_it_goes_out_has_a_seat_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = StreamingHttpResponse(str(seats()) for _ in range(1))

    seen = call(monkeypatch, Body(), answer)

    assert seen["sent"].decode() == f"({wsgi.SEATS}, {wsgi.SEATS_FOR_STREAMS - 1})"
    assert seats() == (wsgi.SEATS, wsgi.SEATS_FOR_STREAMS)


def test_a_seat_is_left_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(HttpResponse):
        def close(self) -> None:
            raise KeyError

    with pytest.raises(KeyError):
        call(monkeypatch, Body(), Broken())

    assert seats() == (wsgi.SEATS, wsgi.SEATS_FOR_STREAMS)


def test_connections_belong_to_seats_and_not_to_threads() -> None:
    def sit(together: Barrier) -> tuple[object, int]:
        """The connection while all sit, and how many the thread has afterwards."""
        with wsgi.seats.taken():
            connection = connections["default"]
            together.wait()
        return connection, len(connections.all(initialized_only=True))

    alone, again = (in_a_thread(lambda: sit(Barrier(1))) for _ in range(2))
    with ThreadPoolExecutor(wsgi.SEATS) as pool:
        found = list(pool.map(sit, [Barrier(wsgi.SEATS)] * wsgi.SEATS))

    assert alone == again, "the one that was left last is the warmest"
    assert len({id(connection) for connection, _ in found}) == wsgi.SEATS
    assert {left for _, left in found} == {0}


def test_creates_have_a_seat_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []

    def answered(request: object, *, seat: Callable[[], AbstractContextManager[None]]) -> Answer:
        with seat():
            found.append((seats(), vars(connections["default"])["is_of_creates"]))
        return Answer({}, b"created")

    monkeypatch.setattr(express, "_answer", answered)
    environ = RequestFactory().post("/api/v2/admin/tasks/account", b"{}", "application/json").environ

    sent: Any = in_a_thread(lambda: wsgi.application(environ, lambda *arguments: lambda data: None))

    assert sent == [b"created"]
    assert found == [((wsgi.SEATS, wsgi.SEATS_FOR_STREAMS), True)]
