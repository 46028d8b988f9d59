"""Python's search for circles of garbage."""

import gc
from collections.abc import Iterator

import pytest
from django.core.management import call_command

from clients_app import garbage


@pytest.fixture
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_it_looks_at_less_and_less_often(as_before: None) -> None:
    gc.set_threshold(700, 10, 10)
    there: list[list[int]] = [[] for _ in range(1_000)]

    garbage.look_less_often()

    assert gc.get_freeze_count() > len(there)
    assert gc.get_threshold()[0] > 700


def test_circles_are_found_all_the_same(as_before: None) -> None:
    garbage.look_less_often()
    before = len(gc.get_objects())
    for _ in range(gc.get_threshold()[0] + 1):
        circle: list[object] = []
        circle.append(circle)

    assert len(gc.get_objects()) - before < gc.get_threshold()[0]


@pytest.mark.parametrize("command", ["run_dispatcher", "run_worker"])
def test_processes_that_go_on_begin_with_it(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked(Exception):
        pass

    def asked() -> None:
        raise Asked

    monkeypatch.setattr(garbage, "look_less_often", asked)

    with pytest.raises(Asked):
        call_command(command, once=True)
