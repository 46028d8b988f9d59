"""Media types as Content-Type and Accept name them (RFC 9110, sections 5.6, 8.3 and 12.5). Pure."""

import re
from typing import Final, NamedTuple

JSON: Final = ("application/json", "text/json")
XML: Final = ("application/xml", "text/xml")
FORM: Final = "application/x-www-form-urlencoded"

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (a pattern, not a password)
_PARAMETER = re.compile(rf';[ \t]*(?:({_TOKEN})[ \t]*(?:=[ \t]*(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")?)?)?[ \t]*')
_TYPE = re.compile(rf"[ \t]*({_TOKEN}/{_TOKEN})[ \t]*")
_QUALITY = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)
_LIST_ITEM = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+"?)++')  # possessive: in linear time, whatever is left open


class MediaType(NamedTuple):
    """`name` in lower case, parameters by lower-case name with their quotes taken off."""

    name: str
    parameters: dict[str, str]

    @property
    def charset(self) -> str:
        """utf-16 or utf-8; whatever else is named counts as utf-8."""
        return "utf-16" if self.parameters.get("charset", "").lower() == "utf-16" else "utf-8"


def read(header: str) -> MediaType | None:
    """The media type of a Content-Type header, None if it can't be read. Empty parameters are passed over."""
    found = _TYPE.match(header)
    if not found:
        return None
    parameters: dict[str, str] = {}
    position = found.end()
    while position < len(header):
        parameter = _PARAMETER.match(header, position)
        if not parameter:
            return None
        position = parameter.end()
        if parameter[1]:
            parameters.setdefault(parameter[1].lower(), parameter[2] or parameter[3] or "")
    return MediaType(found[1].lower(), parameters)


def accepted(header: str) -> list[tuple[float, str]]:
    """
    Quality and lower-case name of what an Accept or Accept-Charset header takes, in the order of the header.

    Other parameters are ignored, a quality that is no number counts as 1, and what has quality 0 is left out.
    """
    return [(quality, name) for quality, name in map(_wanted, _LIST_ITEM.findall(header)) if quality > 0]


def _wanted(item: str) -> tuple[float, str]:
    name, *parameters = item.split(";")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q" and _QUALITY.fullmatch(value.strip()):
            return float(value), name.strip().lower()
    return 1.0, name.strip().lower()
