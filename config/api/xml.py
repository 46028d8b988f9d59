"""Plain values to the XML that .NET's XmlSerializer writes. Pure."""

import re
from collections.abc import Collection, Iterator
from typing import Any

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"

# A carriage return in an element would be read as a line feed, so it goes as a reference.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_TO_ESCAPE = re.compile("[&<>\r]")


def write(root: str, members: dict[str, Any], *, nillable: Collection[str] = ()) -> str:
    """
    The document with `root` as its root element: no declaration, no indentation.

    members: texts, booleans and dicts of the same. None is left out, or written as nil if its name is in `nillable`.
    """
    body = "".join(_members(members, nillable))
    return f'<{root} xmlns:xsd="{XSD}" xmlns:xsi="{XSI}">{body}</{root}>'


def _members(members: dict[str, Any], nillable: Collection[str]) -> Iterator[str]:
    for name, value in members.items():
        if value is not None:
            inner = _content(value, nillable)
            yield f"<{name}>{inner}</{name}>" if inner else f"<{name} />"
        elif name in nillable:
            yield f'<{name} xsi:nil="true" />'


def _content(value: Any, nillable: Collection[str]) -> str:
    if isinstance(value, dict):
        return "".join(_members(value, nillable))
    if isinstance(value, bool):
        return "true" if value else "false"
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], str(value))
