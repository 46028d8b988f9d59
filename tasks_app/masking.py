"""
Masking: parameters as the pages show them, with the values of what looks like a secret left out. Pure.

JSON and XML are read and written anew, since a secret can't be found safely in text that spells things in several ways.
A text that is neither is not shown at all. What looks like a document inside of a text is treated like one.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from string import ascii_letters, digits
from typing import Any, Final
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from clients_app import documents

MASK: Final = "\N{BULLET}\N{BULLET}\N{BULLET}"
LONGEST: Final = 20_000  # characters that are shown
LONGEST_READ: Final = 20_000  # characters of a text that one line of a list is made from
LONGEST_NAME: Final = 200  # characters of a name that are looked at
INSIDE: Final = 3  # documents in texts of documents

# Parts of names, without what words are joined by: X-API-Key, api_key and apiKey are one and the same.
_PARTS: Final = (
    "authoriz", "token", "secret", "passw", "passphrase", "pwd", "apikey", "accesskey", "privatekey", "secretkey",
    "signingkey", "sharedkey", "accountkey", "subscriptionkey", "credential", "cookie", "bearer", "sessionid",
    "signature",
)  # fmt: skip
_WORDS: Final = frozenset({"auth", "jwt", "pin", "otp", "sid", "sig"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# A text has nothing to mask or to leave out if it holds none of these: ways to spell things otherwise, users in
# addresses, comments; and, of its letters and digits alone, what names of secrets are found by.
_OTHERWISE: Final = re.compile(r"[\\&%]|://[^/\s?#]+@|<[!?]")
_OF_OTHERWISE: Final = b"\\&%@!?"  # of which such a way has one at least
_TRACES: Final = re.compile("|".join([*_PARTS, *sorted(_WORDS), "basic"]).encode())
_LOWER: Final = bytes(range(256)).lower()
_JOINTS: Final = bytes(set(range(256)) - set(f"{ascii_letters}{digits}".encode()))

# Members of which one names the other: a header whose Name is Authorization has a Value that is secret.
_NAMING: Final = frozenset({"name", "key", "header", "field"})
_VALUES: Final = frozenset({"value", "values", "val", "content", "text"})

_PAIR = re.compile(r"(?<![^?&;#\s])([^\s=&?;#]+)=([^&;\s]*)")
_LINE = re.compile(r"^([\w-]{1,100}):[^\n]*", re.MULTILINE)
_USER_INFO = re.compile(r"(?<=://)[^/\s?#]+(?=@)")
_SCHEME = re.compile(r"\b((?i:bearer|basic))\s+(?=\S*[A-Z0-9])[\w.~+/=-]{8,}")


def shown(text: str) -> str:
    """The parameters with an element or a member on each line, at most LONGEST characters."""
    return _start(chain.from_iterable((line, "\n") for line in _lines(text)), LONGEST).rstrip("\n")


def shown_in_a_line(text: str, longest: int) -> str:
    """The beginning of the parameters; of a text that is too long to be read for a list its length."""
    if len(text) > LONGEST_READ:
        return f"{len(text):,} characters"
    return _start(" ".join(line.strip() for line in _lines(text)), longest)


def without_secrets(text: str) -> str:
    """The parameters as they are if nothing in them could be a secret, at a first look; else as `shown` writes them."""
    plain = text.encode("ascii", "ignore")
    if plain != plain.translate(None, delete=_OF_OTHERWISE) and _OTHERWISE.search(text):
        return shown(text)
    return shown(text) if _TRACES.search(plain.translate(_LOWER, delete=_JOINTS)) else text


def is_secret(name: str) -> bool:
    """Whether a member, an element or a header of that name has a value that is not for everybody's eyes."""
    words = [word.lower() for word in _WORD.findall(name[:LONGEST_NAME])]
    joined = "".join(words)
    return any(part in joined for part in _PARTS) or not _WORDS.isdisjoint(words)


def _start(pieces: Iterable[str], longest: int) -> str:
    text, room = [], longest
    for piece in pieces:
        text.append(piece[:room])
        room -= len(piece)
        if room < 0:
            return "".join(text) + "\N{HORIZONTAL ELLIPSIS}"
    return "".join(text)


def _lines(text: str, depth: int = 0) -> Iterator[str]:
    try:
        if text.lstrip().startswith("<"):
            return _of_element(documents.read_xml(text), "", depth)
        value = documents.read_json(text, parse_int=_Number, parse_float=_Number, object_pairs_hook=_Members)
        return _of_value(value, "", depth)
    except documents.Malformed:
        return iter([f"{MASK} (can't be read, and so is not shown)"])


# --- JSON -------------------------------------------------------------------------------------------------------------


class _Number(str):
    """As it was written."""


class _Members(list[tuple[str, Any]]):
    """Of an object, in order, with those that have the same name."""


def _of_value(value: Any, margin: str, depth: int, before: str = "", after: str = "") -> Iterator[str]:
    """before: the name; after: a comma."""
    deeper = margin + "  "
    if isinstance(value, _Members) and value:
        names = [str(item) for name, item in value if name.lower() in _NAMING and type(item) is str]
        hides_values = any(map(is_secret, names))
        yield f"{margin}{before}{{"
        for number, (name, item) in enumerate(value, 1):
            comma = "," * (number < len(value))
            if is_secret(name) or (hides_values and name.lower() in _VALUES):
                yield f'{deeper}{_quoted(name)}: "{MASK}"{comma}'
            else:
                yield from _of_value(item, deeper, depth, f"{_quoted(name)}: ", comma)
        yield f"{margin}}}{after}"
    elif isinstance(value, list) and value:
        yield f"{margin}{before}["
        for number, item in enumerate(value, 1):
            yield from _of_value(item, deeper, depth, "", "," * (number < len(value)))
        yield f"{margin}]{after}"
    else:
        yield f"{margin}{before}{_scalar(value, depth)}{after}"


def _scalar(value: Any, depth: int) -> str:
    if isinstance(value, _Number):
        return value
    if isinstance(value, str):
        return _quoted(_text(value, depth))
    if isinstance(value, list):
        return "{}" if isinstance(value, _Members) else "[]"
    return {True: "true", False: "false", None: "null"}[value]


def _quoted(text: str) -> str:
    return '"' + re.sub(r'["\\\x00-\x1f\ud800-\udfff]', _escaped, text) + '"'


def _escaped(found: re.Match[str]) -> str:
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return short.get(found[0], f"\\u{ord(found[0]):04x}")


# --- XML --------------------------------------------------------------------------------------------------------------


def _of_element(element: Element, margin: str, depth: int, is_hidden: bool = False) -> Iterator[str]:
    """Without comments, and with the local names alone of what has a namespace."""
    name = _local(element.tag)
    attributes = {_local(key): value for key, value in element.attrib.items()}
    is_hidden = is_hidden or is_secret(name) or _names_a_secret(attributes)
    said = ""
    for key, value in attributes.items():
        is_masked = is_secret(key) or (is_hidden and key.lower() not in _NAMING)
        said += f" {key}={quoteattr(MASK if is_masked else _text(value, depth))}"
    children = documents.elements(element)
    if is_hidden or not children:
        text = _whole_text(element)
        inner = MASK if is_hidden and (text or children) else escape(_text(text, depth))
        yield f"{margin}<{name}{said}>{inner}</{name}>" if inner else f"{margin}<{name}{said}/>"
        return
    yield f"{margin}<{name}{said}>"
    leaves = {_local(child.tag): _whole_text(child) for child in children}
    hides_values = _names_a_secret(leaves)
    for child in children:
        is_value = _local(child.tag).lower() in _VALUES
        yield from _of_element(child, margin + "  ", depth, is_hidden=hides_values and is_value)
    yield f"{margin}</{name}>"


def _names_a_secret(values: dict[str, str]) -> bool:
    return any(is_secret(value) for name, value in values.items() if name.lower() in _NAMING)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _whole_text(element: Element) -> str:
    return (element.text or "") + "".join(child.tail or "" for child in element)


# --- texts ------------------------------------------------------------------------------------------------------------


def _text(text: str, depth: int) -> str:
    """A text inside of a document: an address, a form, lines of headers, or once more a document."""
    if depth < INSIDE and text.lstrip()[:1] in ("{", "[", "<"):
        lines = list(_lines(text, depth + 1))
        if not lines[0].startswith(MASK):
            return " ".join(line.strip() for line in lines)
    text = _USER_INFO.sub(MASK, text)
    text = _SCHEME.sub(lambda found: f"{found[1]} {MASK}", text)
    text = _LINE.sub(lambda found: f"{found[1]}: {MASK}" if is_secret(found[1]) else found[0], text)
    return _PAIR.sub(lambda found: f"{found[1]}={MASK}" if is_secret(unquote_plus(found[1])) else found[0], text)
