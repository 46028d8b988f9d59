"""Which format is read and which is answered. There is always an answer: nothing is ever 406."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from config.api import media_types

# What each range of an Accept header is answered with.
ANSWERS = {name: name for name in media_types.JSON + media_types.XML} | {
    "*/*": "application/json",
    "application/*": "application/json",
    "text/*": "text/json",
}
CHARSETS = {"utf-8": "utf-8", "utf-16": "utf-16", "*": "utf-8"}


class ContentNegotiation(BaseContentNegotiation):
    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """The parser of the request's Content-Type; the last one, which refuses, if there is none."""
        content_type = media_types.read(request.content_type or "")
        *readers, refuser = parsers
        for parser in readers:
            if content_type and content_type.name in getattr(parser, "media_types", ()):
                return parser
        return refuser

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        name, charset = answer_format(request.META)
        renderer: BaseRenderer = next(each for each in renderers if name in each.media_types)
        renderer.media_type, renderer.charset = name, charset
        return renderer, name


def answer_format(meta: Mapping[str, Any]) -> tuple[str, str]:
    """Media type and charset of the answer to a request with this environ."""
    own = media_types.read(meta.get("CONTENT_TYPE", ""))
    return _answer_type(meta.get("HTTP_ACCEPT", ""), own), _answer_charset(meta.get("HTTP_ACCEPT_CHARSET", ""), own)


def _answer_type(accept: str, own: media_types.MediaType | None) -> str:
    """The wanted type of the highest quality, on a tie JSON; the request's own type if none will do, else JSON."""
    offers = [(quality, name) for quality, name in media_types.accepted(accept) if name in ANSWERS]
    if offers:
        _, best = min(offers, key=lambda offer: (-offer[0], ANSWERS[offer[1]] in media_types.XML, offer[1].count("*")))
        return ANSWERS[best]
    return own.name if own and own.name in media_types.JSON + media_types.XML else media_types.JSON[0]


def _answer_charset(accept_charset: str, own: media_types.MediaType | None) -> str:
    offers = [(quality, name) for quality, name in media_types.accepted(accept_charset) if name in CHARSETS]
    if offers:
        return CHARSETS[max(offers, key=lambda offer: offer[0])[1]]
    return own.charset if own else "utf-8"
