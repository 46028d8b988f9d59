"""Every request body is one that Django can read, and what is not read is dropped."""

from io import BytesIO
from typing import Any

import pytest

from config import wsgi


class Body(BytesIO):
    """Remembers how much was read of it."""

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size >= 0, "a body is never read without a limit"
        return super().read(size)


def call(monkeypatch: pytest.MonkeyPatch, body: Body, reads: int, **environ: str) -> dict[str, Any]:
    """What Django sees of a request of which it reads so many bytes."""
    seen: dict[str, Any] = {}

    def django(environ: dict[str, Any], start_response: object) -> list[bytes]:
        seen.update(length=environ.get("CONTENT_LENGTH"), body=environ["wsgi.input"].read(reads))
        return [b"answer"]

    monkeypatch.setattr(wsgi, "django", django)
    assert wsgi.application({"wsgi.input": body, **environ}, lambda *args: None) == [b"answer"]  # type: ignore[arg-type]
    return seen


def test_a_chunked_body_has_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = call(monkeypatch, Body(b"x" * 1000), 5000, HTTP_TRANSFER_ENCODING="Chunked")

    assert (seen["length"], len(seen["body"])) == ("1000", 1000)


def test_the_length_of_other_bodies_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = call(monkeypatch, Body(b"x" * 10), 4, CONTENT_LENGTH="10")

    assert seen == {"length": "10", "body": b"xxxx"}


def test_what_is_left_unread_is_dropped_before_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    body = Body(b"x" * (3 * 2**20))

    call(monkeypatch, body, 10, CONTENT_LENGTH=str(3 * 2**20))

    assert body.tell() == 3 * 2**20


@pytest.mark.parametrize("environ", [{"HTTP_TRANSFER_ENCODING": "chunked"}, {"CONTENT_LENGTH": str(20 * 2**20)}])
def test_no_more_than_8_mib_are_ever_read(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    body = Body(b"x" * (20 * 2**20))

    call(monkeypatch, body, 20 * 2**20, **environ)

    assert body.tell() == 8 * 2**20
