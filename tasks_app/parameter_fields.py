"""
Parameter fields: the controls that a form has for the members of a schema, and how a JSON value stands in one as text.
Pure. A control is right for a value only if the text gives the same value back; any other value is shown as JSON.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Final
from urllib.parse import quote

from django.core.exceptions import ValidationError

from clients_app.documents import UNFIT
from tasks_app import parameters, xml_values
from tasks_app.enumerations import ContentType
from tasks_app.schema_references import Schema, types

ABSENT: Final = object()
LONGEST_NAME: Final = 80  # characters of a member's name that a page shows


class Kind(Enum):
    TEXT = auto()
    LONG_TEXT = auto()
    NUMBER = auto()
    CHOICE = auto()
    LINES = auto()  # a list, one entry a line
    PAIRS = auto()  # an object of texts, `Name: value` a line
    JSON = auto()
    GROUP = auto()  # an object with members of its own


class Unreadable(ValueError):
    """What was typed is no value; the message is a sentence that says what to do."""


class Unshowable(ValueError):
    """There is no control for a value; the message is the rest of a sentence that says for which."""


@dataclass(frozen=True)
class Member:
    """
    path: its names from the outside in. schema: its own, references resolved; items: that of the entries of LINES.
    is_asked: whether the form must hold it, because it and all groups around it are required.
    """

    path: tuple[str, ...]
    schema: Schema
    kind: Kind
    is_required: bool
    is_asked: bool
    members: "Members" = ()
    items: Schema | None = None

    @property
    def name(self) -> str:
        """Of its control; what a browser sends says by it whether the text is JSON."""
        path = "/".join(quote(part, safe="", errors="replace") for part in self.path)
        return f"{'json' if self.kind == Kind.JSON else 'parameters'}/{path}"

    @property
    def label(self) -> str:
        return shown(str(self.schema.get("title") or self.path[-1]))

    @property
    def hint(self) -> str:
        said = [str(self.schema.get("description", "")), _HOW.get(self.kind, "")]
        if "default" in self.schema:
            said.append(f"Without it: {parameters.json_text(self.schema['default'])}.")
        return shown(" ".join(filter(None, said)))

    @property
    def choices(self) -> dict[str, Any]:
        """Of a CHOICE: texts to values."""
        values = [True, False] if "boolean" in types(self.schema) else enumerated(self.schema)
        return {key_of(value): value for value in values}

    def text(self, value: Any) -> str:
        """How the value stands in the control; it may be of another type than the schema wants."""
        if self.kind == Kind.JSON:
            return parameters.json_text(value)
        if self.kind == Kind.LINES and isinstance(value, list):
            return "\n".join(map(key_of, value))
        if self.kind == Kind.PAIRS and isinstance(value, dict):
            return "\n".join(f"{name}: {key_of(inner)}" for name, inner in value.items())
        return key_of(value)

    def value(self, text: str) -> Any:
        """What was typed, ABSENT for nothing. Raises Unreadable; whether the schema likes it is another question."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if UNFIT.search(text):
            raise Unreadable("Take out the characters that can't be seen.")
        if not text.strip() and (self.kind not in (Kind.TEXT, Kind.LONG_TEXT) or not text):
            return ABSENT
        match self.kind:
            case Kind.JSON:
                return _document(text)
            case Kind.NUMBER:
                return _typed(text, types(self.schema))
            case Kind.CHOICE:
                return self.choices.get(text, text)
            case Kind.LINES:
                lines = filter(None, map(str.strip, text.split("\n")))
                return [_typed(line, types(self.items or {})) for line in lines]
            case Kind.PAIRS:
                return dict(_pairs(text))
            case _:
                return text.strip() if "format" in self.schema else text

    def fits(self, value: Any) -> bool:
        """Whether the control can show the value, so that the same comes back."""
        try:
            return parameters.difference(self.value(self.text(value)), value) is None
        except Unreadable:
            return False

    def as_json(self) -> "Member":
        """The same with a control that can show any value."""
        return replace(self, kind=Kind.JSON, members=())


Members = tuple[Member, ...]


def showing(found: Members, values: dict[str, Any]) -> tuple[Members, dict[str, str]]:
    """
    The members with controls that can show these values, and the texts in them by the names of the controls. Raises
    Unshowable if there is no control for one of the values.
    """
    unknown = values.keys() - {member.path[-1] for member in found}
    if unknown:
        raise Unshowable(f"has the member {shown(min(unknown))[:LONGEST_NAME]}, which the task does not name")
    controls = [_showing(member, values.get(member.path[-1], ABSENT)) for member in found]
    return tuple(member for member, _ in controls), {
        name: text for _, texts in controls for name, text in texts.items()
    }


def as_sent(found: Members, names: Container[str]) -> Members:
    """The members with the controls whose names have been sent."""
    return tuple(
        member.as_json() if member.as_json().name in names else replace(member, members=as_sent(member.members, names))
        for member in found
    )


def assembled(found: Members, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of controls, by their names, as one object; without what is ABSENT."""
    whole: dict[str, Any] = {}
    for member in found:
        if member.kind == Kind.GROUP:
            value: Any = assembled(member.members, values)
            value = value if value or member.is_required else ABSENT
        else:
            value = values.get(member.name, ABSENT)
        if value is not ABSENT:
            whole[member.path[-1]] = value
    return whole


def leaves(found: Members) -> Iterator[Member]:
    """Those that have a control, in order."""
    for member in found:
        if member.kind == Kind.GROUP:
            yield from leaves(member.members)
        else:
            yield member


def shown(text: str) -> str:
    """A text of a schema as a page can show it."""
    return UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)


_HOW = {
    Kind.LINES: "One entry a line.",
    Kind.PAIRS: "One a line, as Name: value.",
    Kind.JSON: "As JSON.",
}


def _showing(member: Member, value: Any) -> tuple[Member, dict[str, str]]:
    if member.kind == Kind.GROUP:
        try:
            inner, texts = showing(member.members, {} if value is ABSENT else value)
        except (Unshowable, AttributeError):  # a member that it does not know; no object at all
            inner, texts = (), {}
        if inner and (value is ABSENT or value or member.is_required):
            return replace(member, members=inner), texts
    elif value is ABSENT:
        return member, {}
    elif member.fits(value):
        return member, {member.name: member.text(value)}
    member = member.as_json()
    if not member.fits(value):
        raise Unshowable(f"has a {member.label} that is too large a number")
    return member, {member.name: member.text(value)}


def enumerated(schema: Schema) -> list[Any]:
    """The values of an enum or a const."""
    return list(schema["enum"]) if "enum" in schema else [schema.get("const")]


def key_of(value: Any) -> str:
    """A text as it is, any other value as JSON."""
    return value if isinstance(value, str) else parameters.json_text(value)


def _typed(text: str, of: tuple[str, ...]) -> Any:
    value = xml_values.scalar(text, of)
    return text if isinstance(value, float) and abs(value) == float("inf") else value


def _document(text: str) -> Any:
    try:
        return parameters.read(text, ContentType.JSON).content
    except ValidationError as error:
        raise Unreadable(f"It {error.messages[0]}.") from None


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    names: set[str] = set()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not name:
            raise Unreadable(f"Line {number} must be a name, a colon and a value.")
        if name in names:
            raise Unreadable(f"Line {number} has a name that stands there already.")
        names.add(name)
        yield name, value
