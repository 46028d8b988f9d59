"""Answers in JSON are what the standard library would write, but for the ends of lines of JavaScript."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.api.renderers import to_json
from tasks_app.models.task_run import State

LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(State)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def slowly(document: Any) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\x85", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@given(st.dictionaries(st.text(), VALUES))
def test_each_document_is_written_as_the_standard_library_does(document: dict[str, Any]) -> None:
    assert to_json(document) == slowly(document)


@pytest.mark.parametrize(
    "value",
    ['\x00\x1f\x7f"\\/\b\f\n\r\t', "é€\U0001f600\uffff\ufdd0", "a\x85b\u2028c\u2029d", 0.5, -0.0, 2**64, [[[]]] * 3],
    ids=repr,
)
def test_what_could_be_written_in_several_ways(value: Any) -> None:
    assert to_json({"Detail": value}) == slowly({"Detail": value})


def test_what_is_nested_deeper_than_orjson_goes_is_written_all_the_same() -> None:
    deep: Any = 0
    for _ in range(300):
        deep = [deep]

    assert to_json({"Detail": deep}) == slowly({"Detail": deep})
