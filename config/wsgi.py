"""The WSGI application: Django, behind a few lines that make every request body one that Django can read."""

import gc
import os
from collections.abc import Iterable
from io import BytesIO
from typing import IO, TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

LONGEST_BODY = 8 * 2**20  # bytes that are read of any body, be it only to drop them
PIECE = 2**16

django = get_wsgi_application()

# What is there by now stays. A search for circles of garbage looks at it no more, and comes less often: no request
# leaves many behind.
gc.freeze()
gc.set_threshold(50_000, 20, 100)


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """
    Django takes a chunked body for an empty one, so it is given its length here. What a view has left unread is read
    and dropped before the answer goes out: a client that is still sending would otherwise lose the answer.
    """
    body = Counted(environ["wsgi.input"])
    environ["wsgi.input"] = body
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        whole = body.read(LONGEST_BODY)
        environ["wsgi.input"] = BytesIO(whole)
        environ["CONTENT_LENGTH"] = str(len(whole))
    answer = django(environ, start_response)
    body.drop_rest()
    return answer


class Counted:
    """A request body of which no more than LONGEST_BODY bytes are ever read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = LONGEST_BODY

    def read(self, size: int = -1) -> bytes:
        return self._counted(self._stream.read(self._at_most(size)))

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self._stream.readline(self._at_most(size)))

    def drop_rest(self) -> None:
        while self.read(PIECE):
            pass

    def _at_most(self, size: int) -> int:
        return self._left if size < 0 else min(size, self._left)

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        return data
