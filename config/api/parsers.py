"""Bodies to plain values: size, charset, depth and number of keys are checked on the way, alike for all media types."""

import codecs
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Final
from urllib.parse import unquote_to_bytes

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework_xml.parsers import XMLParser as StockXMLParser

from clients_app import documents
from config.api import media_types
from config.api.exceptions import MalformedBody, TooLarge
from config.api.xml import XSI

LARGEST: Final = 2**20  # bytes of a body
MOST_KEYS: Final = 1_000  # of a form

# Longest mark first: that of UTF-32 begins like that of UTF-16.
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


class Body(Mapping[str, Any]):
    """
    What a body says: its members under their names. `dialect` is json, xml or form: each writes dates and enumerations
    in its own way. JSON and forms know members in any case of A-Z, XML as they are written.
    """

    def __init__(self, dialect: str, members: Iterable[tuple[str, Any]]) -> None:
        self.dialect = dialect
        self._members = {self._key(name): value for name, value in members}

    def __getitem__(self, name: str) -> Any:
        return self._members[self._key(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def _key(self, name: str) -> str:
        return name.lower() if self.dialect != "xml" and name.isascii() else name


class Members(list[tuple[str, Any]]):
    """A JSON object as its pairs, in order and with those that are repeated."""


class Number(str):
    """A number of a JSON body, as it is written there: a text member takes it so, a GUID can tell it from a text."""

    __slots__ = ()


def read_whole(stream: IO[bytes], parser_context: Mapping[str, Any] | None) -> bytes:
    """
    Raises TooLarge if more than LARGEST bytes came or were announced, MalformedBody if there are none, or fewer than
    were announced: half of a form would look like a whole one.
    """
    announced = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
    body = stream.read(LARGEST + 1) if announced <= LARGEST else b""
    if max(announced, len(body)) > LARGEST:
        raise TooLarge
    if not body:
        raise MalformedBody("The body is empty")
    if len(body) < announced:
        raise MalformedBody("The body ended before its announced length")
    return body


class JSONParser(BaseParser):
    media_type = "application/json"
    media_types = media_types.JSON

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Body:
        body = read_whole(stream, parser_context)
        mark = next((mark for mark in _BYTE_ORDER_MARKS if body.startswith(mark)), b"")
        encoding = _BYTE_ORDER_MARKS.get(mark) or _encoding(media_type)
        text = _decoded(body.removeprefix(mark), encoding).removeprefix("\ufeff")
        with _malformed_as_answer():
            members = documents.read_json(text, parse_int=Number, parse_float=Number, object_pairs_hook=Members)
        if not isinstance(members, Members):
            raise MalformedBody("The body is not a JSON object")
        return Body("json", members)


class XMLParser(StockXMLParser):  # type: ignore[misc]  # the package has no types
    """The stock parser's place and media type, none of its conversion: it guesses types and lets a DOCTYPE pass."""

    media_types = media_types.XML

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Body:
        encoding = _encoding(media_type)
        text = _decoded(read_whole(stream, parser_context), encoding).removeprefix("\ufeff")
        # "utf-16-le" is how utf-16 is read; a declaration calls it utf-16
        with _malformed_as_answer():
            root = documents.read_xml(text, encoding=encoding.removesuffix("-le"))
        name = _root_name(parser_context)
        if root.tag != name:
            raise MalformedBody(f"The root element must be {name}, in no namespace")
        if root.get(f"{{{XSI}}}type", name).strip() != name or _is_nil(root):
            raise MalformedBody(f"The root element must be {name}, of no other type and not nil")
        members = [(child.tag, _xml_value(child)) for child in documents.elements(root)]
        return Body("xml", members[::-1])  # the first of repeated elements counts


class FormParser(BaseParser):
    media_type = media_types.FORM
    media_types = (media_types.FORM,)

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Body:
        text = _decoded(read_whole(stream, parser_context), _encoding(media_type))
        if "=" not in text:
            raise MalformedBody("The body holds no key=value")
        pairs = [pair for pair in text.split("&") if pair]
        if len(pairs) > MOST_KEYS:
            raise MalformedBody(f"The form has more than {MOST_KEYS} keys")
        members = [(_unquoted(key), _unquoted(value)) for key, _, value in (pair.partition("=") for pair in pairs)]
        # the first of repeated keys counts
        return Body("form", [(key, None if _is_blank(value) else value) for key, value in reversed(members)])


class RefusingParser(BaseParser):
    """For a body that no other parser reads: its size is judged first, and an empty one has no type that matters."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Body:
        read_whole(stream, parser_context)
        raise UnsupportedMediaType(media_type or "")


def _encoding(media_type: str | None) -> str:
    read = media_types.read(media_type or "")
    return "utf-16-le" if read and read.charset == "utf-16" else "utf-8"


def _decoded(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise MalformedBody(
            f"The body is not {encoding.upper()}: byte {error.start + 1} does not belong there"
        ) from None


@contextmanager
def _malformed_as_answer() -> Iterator[None]:
    try:
        yield
    except documents.Malformed as error:
        raise MalformedBody(f"The body {error}") from None


def _root_name(parser_context: Mapping[str, Any] | None) -> str:
    name: str = (parser_context or {})["view"].request_serializer.__name__
    return name


def _is_nil(element: Any) -> bool:
    return element.get(f"{{{XSI}}}nil", "").strip() in ("true", "1")


def _xml_value(element: Any) -> Any:
    """The text of a plain element, None for a nil one; what holds more than text is no value that a member takes."""
    if _is_nil(element):
        return None
    return (element.text or "") if documents.is_plain(element) else {}


def _is_blank(text: str) -> bool:
    return not text.strip() and not documents.UNFIT.search(text)


def _unquoted(text: str) -> str:
    """`+` and percent-encoded bytes resolved; a `%` without two hexadecimal digits stays."""
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise MalformedBody("The form's percent-encoding is not UTF-8") from None
