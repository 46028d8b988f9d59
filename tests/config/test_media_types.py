"""Content-Type and Accept."""

import pytest

from config.api import media_types
from config.api.negotiation import _answer_type


@pytest.mark.parametrize(
    ("header", "name", "charset"),
    [
        ("application/json", "application/json", "utf-8"),
        (" Text/XML ; Charset=UTF-16 ", "text/xml", "utf-16"),
        ('application/json;v=1;charset="utf-16"', "application/json", "utf-16"),
        ("application/json;", "application/json", "utf-8"),
        ("application/json;; charset=utf-8", "application/json", "utf-8"),
        ("application/json; charset=", "application/json", "utf-8"),
        ("application/json; charset=bogus", "application/json", "utf-8"),
        ("application/json; charset", "application/json", "utf-8"),
    ],
)
def test_media_types_that_are_read(header: str, name: str, charset: str) -> None:
    media_type = media_types.read(header)

    assert media_type
    assert (media_type.name, media_type.charset) == (name, charset)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "json",
        "application/",
        "application / json",
        "a/b c",
        "a/b, c/d",
        'a/b; c="d',
        "a/b; c=d e",
        "a/b;=d",
        "\x00",
    ],
)
def test_media_types_that_are_not(header: str) -> None:
    assert media_types.read(header) is None


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("", "text/xml"),
        ("image/png", "text/xml"),
        ("application/xml;q=0", "text/xml"),
        ("*/*", "application/json"),
        ("text/*", "text/json"),
        ("application/*", "application/json"),
        ("application/xml, application/json", "application/json"),
        ("application/xml, */*;q=0.8", "application/xml"),
        ("application/xml;q=0.5, */*", "application/json"),
        ("*/*, text/json", "text/json"),
        ("application/xml, */*", "application/json"),
        ("APPLICATION/XML;level=1", "application/xml"),
        ("application/xml;q=abc, application/json;q=0.9", "application/xml"),
        ("application/json;q=-1", "application/json"),
        (",,;;q=,application/xml", "application/xml"),
        ('text/x;a=",application/json", application/xml', "application/xml"),
    ],
)
def test_the_answer_to_a_text_xml_request(accept: str, answer: str) -> None:
    assert _answer_type(accept, media_types.read("text/xml")) == answer
