"""Plain values to the XML that .NET's XmlSerializer writes. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"

# A carriage return in an element would be read as a line feed, so it goes as a reference.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_TO_ESCAPE = re.compile("[&<>\r]")


def write(
    root: str, members: dict[str, Any], *, nillable: Collection[str] = (), items: Mapping[str, str] | None = None
) -> str:
    """
    The document with `root` as its root element: no declaration, no indentation.

    members: texts, booleans, whole numbers, dicts and lists of the same. None is left out, or written as nil if its
    name is in `nillable`. items: what the elements inside a list are called, by the name of its member.
    """
    body = _Writer(nillable, items or {}).members(members)
    return f'<{root} xmlns:xsd="{XSD}" xmlns:xsi="{XSI}">{body}</{root}>'


@dataclass(frozen=True)
class _Writer:
    nillable: Collection[str]
    items: Mapping[str, str]

    def members(self, members: Mapping[str, Any]) -> str:
        return "".join([self._member(name, value) for name, value in members.items()])

    def _member(self, name: str, value: Any) -> str:
        if value is None:
            return f'<{name} xsi:nil="true" />' if name in self.nillable else ""
        inner = _text(value) if type(value) is str else self._content(name, value)  # nearly all are texts
        return f"<{name}>{inner}</{name}>" if inner else f"<{name} />"

    def _content(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, dict):
            return self.members(value)
        if isinstance(value, list):
            return "".join([self._member(self.items[name], item) for item in value])
        return _text(str(value))


def _text(text: str) -> str:
    return _TO_ESCAPE.sub(_reference, text) if _TO_ESCAPE.search(text) else text


def _reference(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]
