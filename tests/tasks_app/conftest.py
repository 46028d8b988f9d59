"""A handler that does what a test tells it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tasks_app import handlers
from tasks_app.handlers.registry import Handler, Work


@dataclass
class Told:
    """do: what it does with the parameters and its work. calls: those it was called with."""

    do: Callable[[Any, Work], str] = lambda values, work: "Done."
    calls: list[tuple[Any, Work]] = field(default_factory=list)
    schema: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Behind the code `told`."""
    told = Told()

    def run(values: Any, work: Work) -> str:
        told.calls.append((values, work))
        return told.do(values, work)

    monkeypatch.setattr(handlers, "HANDLERS", (Handler("told", "Does as told", told.schema, run),))
    return told
