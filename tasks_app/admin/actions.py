"""What actions of lists share."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest

from clients_app.exceptions import Refusal
from tasks_app.models import AccountTask

Row = TypeVar("Row", bound=Model)


def for_each(request: HttpRequest, rows: Iterable[Row], do: Callable[[Row], object]) -> None:
    """An action: each row for itself, and what was refused is said."""
    done = 0
    for row in rows:
        try:
            do(row)
            done += 1
        except Refusal as error:
            messages.error(request, f"{row}: {error}")
        except AccountTask.DoesNotExist:
            messages.error(request, f"{row}: it was deleted.")
    if done:
        messages.success(request, f"Done for {done}.")
