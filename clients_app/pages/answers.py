"""How the pages answer what was asked for: a sentence on the next page."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest

from clients_app.exceptions import Refusal


@contextmanager
def saying(request: HttpRequest, done: str) -> Iterator[None]:
    """Around a verb of a room: the next page says that it is done, or why it was refused."""
    try:
        yield
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
