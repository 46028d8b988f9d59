"""Plain values to XML."""

from typing import Any

from config.api import xml

NAMESPACES = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def written(members: dict[str, object], **options: Any) -> str:
    text = xml.write("R", members, **options)
    assert text.startswith(f"<R {NAMESPACES}>")
    assert text.endswith("</R>")
    return text.removeprefix(f"<R {NAMESPACES}>").removesuffix("</R>")


def test_only_what_must_be_is_escaped() -> None:
    assert written({"A": "<&>\"'\r\n\t\x85\u2028é"}) == "<A>&lt;&amp;&gt;\"'&#13;\n\t\x85\u2028é</A>"


def test_nulls_are_left_out_or_nil() -> None:
    assert written({"A": None, "B": None}, nillable=["B"]) == '<B xsi:nil="true" />'


def test_empty_texts_and_objects_are_empty_elements() -> None:
    assert written({"A": "", "B": {}, "C": {"D": None}}) == "<A /><B /><C />"


def test_booleans_are_small() -> None:
    assert written({"A": True, "B": {"C": False}}) == "<A>true</A><B><C>false</C></B>"
