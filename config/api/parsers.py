"""Bodies to plain values: size, charset, depth and number of keys are checked on the way, alike for all media types."""

import codecs
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Final

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework_xml.parsers import XMLParser as StockXMLParser

from clients_app import documents
from config.api import media_types, operations
from config.api.exceptions import MalformedBody, TooLarge
from config.api.xml import XSI

MOST_KEYS: Final = 1_000  # of a form

# Longest mark first: that of UTF-32 begins like that of UTF-16.
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

# What the standard library has for it takes fifteen times as long as this over percents that mean nothing.
_PERCENTS = re.compile(b"(?:%[0-9A-Fa-f]{2})+")


class Body(Mapping[str, Any]):
    """
    What a body says: its members under their names. `dialect` is json, xml or form: each writes dates and enumerations
    in its own way. JSON and forms know members in any case of A-Z, XML as they are written. `digest`: of the bytes that
    came, in hexadecimal digits; empty for what is inside another body.
    """

    def __init__(self, dialect: str, members: Iterable[tuple[str, Any]], *, digest: str = "") -> None:
        self.dialect = dialect
        self.digest = digest
        self._members = {self._key(name): value for name, value in members}

    def __getitem__(self, name: str) -> Any:
        return self._members[self._key(name)]

    def get(self, name: str, default: Any = None) -> Any:
        """As any Mapping has it, without an error inside."""
        return self._members.get(self._key(name), default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def _key(self, name: str) -> str:
        return name.lower() if self.dialect != "xml" and name.isascii() else name


class Elements(list[tuple[str, Any]]):
    """What an XML element holds that is more than text: names and values of the elements in it, in order."""

    def body(self, *, digest: str = "") -> Body:
        """The elements as members; the first of repeated ones counts."""
        return Body("xml", self[::-1], digest=digest)


class Number(str):
    """A number of a JSON body, as it is written there: a text member takes it so, a GUID can tell it from a text."""

    __slots__ = ()


def read_whole(stream: IO[bytes], parser_context: Mapping[str, Any] | None) -> bytes:
    """
    Raises TooLarge if more bytes came or were announced than the operation takes, MalformedBody if there are none, or
    fewer than were announced: half of a form would look like a whole one.
    """
    context = parser_context or {}
    largest: int = getattr(operations.of_call(context["view"]), "largest_body", documents.LARGEST)
    announced = int(context["request"].META.get("CONTENT_LENGTH") or 0)
    body = stream.read(largest + 1) if announced <= largest else b""
    if max(announced, len(body)) > largest:
        raise TooLarge(f"The body must be no larger than {largest // 2**20} MiB")
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
            members = documents.read_json(text, parse_int=Number, parse_float=Number, object_pairs_hook=_json_object)
        if not isinstance(members, Body):
            raise MalformedBody("The body is not a JSON object")
        members.digest = hashlib.sha256(body).hexdigest()
        return members


class XMLParser(StockXMLParser):  # type: ignore[misc]  # the package has no types
    """The stock parser's place and media type, none of its conversion: it guesses types and lets a DOCTYPE pass."""

    media_types = media_types.XML

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Body:
        encoding = _encoding(media_type)
        body = read_whole(stream, parser_context)
        text = _decoded(body, encoding).removeprefix("\ufeff")
        # "utf-16-le" is how utf-16 is read; a declaration calls it utf-16
        with _malformed_as_answer():
            root = documents.read_xml(text, encoding=encoding.removesuffix("-le"))
        name = _root_name(parser_context)
        if root.tag != name:
            raise MalformedBody(f"The root element must be {name}, in no namespace")
        if root.get(f"{{{XSI}}}type", name).strip() != name or _is_nil(root):
            raise MalformedBody(f"The root element must be {name}, of no other type and not nil")
        return _elements(root).body(digest=hashlib.sha256(body).hexdigest())


class FormParser(BaseParser):
    media_type = media_types.FORM
    media_types = (media_types.FORM,)

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Body:
        if not operations.of_call((parser_context or {})["view"]).takes_forms:
            return RefusingParser().parse(stream, media_type, parser_context)
        body = read_whole(stream, parser_context)
        text = _decoded(body, _encoding(media_type))
        if "=" not in text:
            raise MalformedBody("The body holds no key=value")
        pairs = [pair for pair in text.split("&") if pair]
        if len(pairs) > MOST_KEYS:
            raise MalformedBody(f"The form has more than {MOST_KEYS} keys")
        members = [(_unquoted(key), _unquoted(value)) for key, _, value in (pair.partition("=") for pair in pairs)]
        # the first of repeated keys counts
        first = [(key, None if _is_blank(value) else value) for key, value in reversed(members)]
        return Body("form", first, digest=hashlib.sha256(body).hexdigest())


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
    return operations.wire_name(operations.of_call((parser_context or {})["view"]).request)


def _json_object(pairs: list[tuple[str, Any]]) -> Body:
    return Body("json", pairs)


def _elements(parent: Any) -> Elements:
    return Elements((child.tag, _xml_value(child)) for child in documents.elements(parent))


def _is_nil(element: Any) -> bool:
    return element.get(f"{{{XSI}}}nil", "").strip() in ("true", "1")


def _xml_value(element: Any) -> Any:
    """The text of a plain element, None for a nil one, else the elements in it."""
    if _is_nil(element):
        return None
    return (element.text or "") if documents.is_plain(element) else _elements(element)


def _is_blank(text: str) -> bool:
    return not text.strip() and not documents.UNFIT.search(text)


def _unquoted(text: str) -> str:
    """`+` and percent-encoded bytes resolved; a `%` without two hexadecimal digits stays."""
    try:
        return _PERCENTS.sub(_bytes_of, text.replace("+", " ").encode()).decode()
    except UnicodeDecodeError:
        raise MalformedBody("The form's percent-encoding is not UTF-8") from None


def _bytes_of(percents: re.Match[bytes]) -> bytes:
    return bytes.fromhex(percents[0].replace(b"%", b"").decode())
