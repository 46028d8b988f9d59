"""The list of guards fits the source: each is there, once, and so are the tests that watch over it."""

import ast
from functools import cache

from tests.mutations.guard import PROJECT, Guard
from tests.mutations.guards import GUARDS


@cache
def source(path: str) -> str:
    return (PROJECT / path).read_text()


def without(guard: Guard) -> dict[str, str]:
    """The files that are changed when it is switched off."""
    texts: dict[str, str] = {}
    for change in guard.changes:
        texts[change.path] = change.made(texts.get(change.path) or source(change.path))
    return texts


def test_each_can_be_switched_off() -> None:
    for guard in GUARDS:
        for path, text in without(guard).items():
            ast.parse(text)
            assert text != source(path), guard.what


def test_the_tests_of_each_are_there() -> None:
    missing = [
        test
        for guard in GUARDS
        for test in guard.tests.split()
        if f"\ndef {test.partition('::')[2]}(" not in source(test.partition("::")[0])
    ]

    assert missing == []


def test_no_two_have_the_same_name() -> None:
    assert len({guard.what for guard in GUARDS}) == len(GUARDS)
