"""
Strict reading of JSON and XML text, the same for bodies of the API and for a task's Parameters. Pure: it knows nothing
of HTTP or of rows, which is why the API's parsers may import it too.
"""

import json
import re
from array import array
from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate
from typing import Any, Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

LARGEST: Final = 2**20  # bytes of a body
DEEPEST: Final = 32  # levels: the outermost object, list or element is the first

# Whatever XML 1.0 can't carry, and so no answer could give back: controls, lone surrogates, U+FFFE and U+FFFF.
UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_LEVELS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")


class Malformed(ValueError):
    """The text is not what it should be; the message says where, for people, and never quotes the text."""


# --- JSON -------------------------------------------------------------------------------------------------------------


def read_json(text: str, **hooks: Any) -> Any:
    """
    The value of a text that is JSON in the strict sense of RFC 8259, at most DEEPEST levels deep.

    hooks: parse_int, parse_float and object_pairs_hook of `json.loads`. Of repeated names the last counts.
    Raises Malformed.
    """
    if text.count("[") + text.count("{") > DEEPEST and _json_depth(text) > DEEPEST:
        raise Malformed(f"is nested deeper than {DEEPEST} levels")
    try:
        return _json_decoder(**hooks).decode(text)
    except json.JSONDecodeError as error:
        raise Malformed(f"is not well-formed JSON: line {error.lineno} column {error.colno}") from None


@cache
def _json_decoder(**hooks: Any) -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=_refuse_constant, **hooks)


def _json_depth(text: str) -> int:
    """The deepest level of brackets outside of texts; a wrong text gets some number, its error is found later."""
    outside = text.replace("\\\\", "").replace('\\"', "").split('"')[::2]
    brackets = "".join(outside).encode("utf-8", "replace").translate(None, _NOT_BRACKETS)
    return max(accumulate(array("b", brackets.translate(_LEVELS))), default=0)


def _refuse_constant(name: str) -> None:
    raise Malformed(f"is not well-formed JSON: {name} is not a JSON value")


# --- XML --------------------------------------------------------------------------------------------------------------


def read_xml(text: str, *, encoding: str | None = None) -> Element:
    """
    The root of a text that is well-formed XML 1.0 with namespaces, without DOCTYPE, at most DEEPEST levels deep.

    encoding: the name that an XML declaration has to give if it gives one, in lower case; None takes any.
    Comments and processing instructions stay in the tree, as children whose tag is no text. Raises Malformed.
    """
    if text.startswith("\ufeff") or "\x00" in text:
        # Whoever decoded the text took its byte order mark off; expat would pass over one more, and from U+0000 between
        # the characters it would conclude that the text is UTF-16 after all.
        raise Malformed("is not well-formed XML: line 1 column 1")
    parser = DefusedXMLParser(target=_TreeBuilder(), encoding="utf-8", forbid_dtd=True)
    parser.parser.XmlDeclHandler = _declaration_check(encoding)
    try:
        parser.feed(text.encode("utf-8"))
        root: Element = parser.close()
    except ElementTree.ParseError as error:
        line, column = error.position
        raise Malformed(f"is not well-formed XML: line {line} column {column + 1}") from None
    except DefusedXmlException:
        raise Malformed("is XML with a DOCTYPE, which is refused") from None
    except UnicodeEncodeError:
        raise Malformed("holds half of a surrogate pair") from None
    return root


def is_plain(element: Element) -> bool:
    """Whether the element holds text alone: no element, comment or processing instruction."""
    return len(element) == 0


def elements(parent: Element) -> list[Element]:
    """The child elements, without comments and processing instructions."""
    children: Iterable[Any] = parent  # whose tags are not all texts, whatever the type stubs say
    return [child for child in children if isinstance(child.tag, str)]


def _declaration_check(encoding: str | None) -> Callable[[str, str | None, int], None]:
    def check(version: str, declared: str | None, standalone: int) -> None:
        if version != "1.0":
            raise Malformed("is not XML 1.0")
        if encoding and declared and declared.lower() != encoding:
            raise Malformed(f"declares another encoding than {encoding}, the one it is in")

    return check


class _TreeBuilder(ElementTree.TreeBuilder):
    """Counts levels while the tree grows, so that a deep document is given up at once."""

    def __init__(self) -> None:
        super().__init__(insert_comments=True, insert_pis=True)
        self._level = 0
        self._has_root = False

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self._level += 1
        self._has_root = True
        if self._level > DEEPEST:
            raise Malformed(f"is nested deeper than {DEEPEST} levels")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._level -= 1
        return super().end(tag)

    def pi(self, target: str, text: str | None = None, /) -> Element:
        if not self._has_root:
            raise Malformed("has a processing instruction before its root element")
        return super().pi(target, text)
