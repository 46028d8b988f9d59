"""
The types of the wire as serializer fields. How each may be written depends on the format: the body that comes from the
parser names its `dialect`. Every problem is the rest of a sentence that begins with the member's name.

Each says in `described` what it takes or gives as a JSON Schema; dialect is then json, xml, form, or answer.
`type_name` is what people call it.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from rest_framework import serializers

from clients_app import paging
from clients_app.api.values import BLANKS, read_guid, read_moment, write_moment
from clients_app.documents import UNFIT

Schema = dict[str, Any]

# UNFIT as JSON Schema can say it; half of a surrogate pair is no character there.
FIT = r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]*$"

_FLAGS = {"true": True, "false": False}
_XML_FLAGS = _FLAGS | {"1": True, "0": False}
_INTEGER = re.compile(r"[+-]?0*\d{1,9}", re.ASCII)


def dialect_of(field: serializers.Field[Any, Any, Any, Any]) -> str:
    """json, xml or form; json for values that don't come from a body."""
    return getattr(field.root.initial_data, "dialect", "json")


class Text(serializers.Field[str, Any, str, Any]):
    """
    A string; a number or a boolean of JSON is taken as it is written.

    rule: what the product asks of it besides; it raises Django's ValidationError. limits: what of that rule a JSON
    Schema can say.
    """

    type_name = "string"

    default_error_messages = {
        "required": "is required",
        "null": "is required",
        "type": "must be a text",
        "unfit": "must not hold characters that XML 1.0 can't carry, such as U+0000 or half of a surrogate pair",
    }

    def __init__(
        self, *, rule: Callable[[str], None] | None = None, limits: Schema | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._rule = rule
        self._limits = limits or {}

    def described(self, dialect: str) -> Schema:
        if dialect == "answer":
            return {"type": "string"}
        types = ["string", "number", "boolean"] if dialect == "json" and not self._limits else "string"
        return {"type": types, "pattern": FIT, **self._limits}

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, bool):
            return "true" if data else "false"
        if not isinstance(data, str):
            self.fail("type")
        text = str(data)
        if UNFIT.search(text):
            self.fail("unfit")
        if self._rule:
            try:
                self._rule(text)
            except ValidationError as error:
                raise serializers.ValidationError(error.messages) from None
        return text

    def to_representation(self, value: str) -> str:
        return value


class Guid(serializers.Field[UUID, Any, str, Any]):
    """Any form that .NET's Guid.Parse takes: D, N, B, P or X; answered in lower-case D."""

    type_name = "GUID"

    default_error_messages = {
        "required": "is required",
        "null": "is required",
        "invalid": "must be a GUID such as 0f8fad5b-d9cb-469f-a165-70867728950e",
    }

    def to_internal_value(self, data: Any) -> UUID:
        # A number of a JSON body is a kind of str, but no GUID, however many digits it has.
        guid = read_guid(data) if type(data) is str else None
        if guid is None:
            self.fail("invalid")
        return guid

    def described(self, dialect: str) -> Schema:
        return {"type": "string", "format": "uuid"}

    def to_representation(self, value: UUID) -> str:
        return str(value)


class Moment(serializers.DateTimeField):
    """A date of the wire: an instant, kept to the microsecond and answered in UTC. No zone means UTC."""

    type_name = "date"

    default_error_messages = {
        "required": "is required",
        "null": "is required",
        "invalid": "must be a date such as 2026-01-22 or 2026-01-22T09:00:48Z",
    }

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data == "" and dialect_of(self) == "json":
            data = None
        return super().validate_empty_values(data)

    def to_internal_value(self, value: Any) -> datetime:
        moment = read_moment(value, dialect_of(self)) if type(value) is str else None
        if moment is None:
            self.fail("invalid", format="")
        return moment

    def described(self, dialect: str) -> Schema:
        return {"type": "string", "format": "date-time"}

    def to_representation(self, value: datetime) -> str:
        return write_moment(value)


class Choice(serializers.Field[IntEnum, Any, str, Any]):
    """An enumeration. XML takes the exact name; JSON and forms a number too, any case, and blanks around."""

    default_error_messages = {
        "required": "is required and must be one of {names}",
        "null": "must be one of {names}",
        "invalid": "must be one of {names}",
    }

    def __init__(self, choices: type[IntEnum], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices
        self.error_messages = {
            key: message.format(names=", ".join(choices.__members__)) for key, message in self.error_messages.items()
        }

    def to_internal_value(self, data: Any) -> IntEnum:
        found = self._find(data) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid")
        return found

    @property
    def type_name(self) -> str:
        return self.choices.__name__

    def described(self, dialect: str) -> Schema:
        names = {"type": "string", "enum": list(self.choices.__members__)}
        numbers = [choice.value for choice in self.choices]
        if dialect == "json":
            return {"anyOf": [names, {"type": "integer", "enum": numbers}]}
        if dialect == "form":
            return {"anyOf": [names, {"type": "string", "enum": list(map(str, numbers))}]}
        return names

    def to_representation(self, value: int) -> str:
        return self.choices(value).name

    def _find(self, text: str) -> IntEnum | None:
        if dialect_of(self) == "xml":
            return self.choices.__members__.get(text)
        text = text.strip(BLANKS)
        if _INTEGER.fullmatch(text):
            return next((choice for choice in self.choices if choice == int(text)), None)
        return self.choices.__members__.get(text.upper()) if text.isascii() else None


class Flag(serializers.Field[bool, Any, bool, Any]):
    """A boolean: true or false, in XML also 1 or 0, in JSON and forms also as a text in any case."""

    type_name = "boolean"
    default_error_messages = {"required": "is required", "null": "is required", "invalid": "must be true or false"}

    def described(self, dialect: str) -> Schema:
        return {"type": "boolean"}

    def to_internal_value(self, data: Any) -> bool:
        if isinstance(data, bool):
            return data
        text = data.strip(BLANKS) if type(data) is str else ""
        known = _XML_FLAGS.get(text) if dialect_of(self) == "xml" else _FLAGS.get(text.lower())
        if known is None:
            self.fail("invalid")
        return known

    def to_representation(self, value: bool) -> bool:
        return value


class Word(serializers.Field[str, Any, str, Any]):
    """
    One of some words, in any case. words: the words, or the enumeration that they are all of; enumeration: if they are
    only some of it.
    """

    default_error_messages = {
        "required": "is required and must be one of {words}",
        "null": "must be one of {words}",
        "invalid": "must be one of {words}",
    }

    def __init__(
        self, words: Iterable[str] | type[TextChoices], *, enumeration: type[TextChoices] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.words = tuple(map(str, words))
        self.choices = words if isinstance(words, type) else enumeration
        self.error_messages = {
            key: message.format(words=", ".join(self.words)) for key, message in self.error_messages.items()
        }

    def to_internal_value(self, data: Any) -> str:
        text = data.strip(BLANKS).lower() if type(data) is str else ""
        found = next((word for word in self.words if word.lower() == text), None)
        if found is None:
            self.fail("invalid")
        return found

    @property
    def type_name(self) -> str:
        return self.choices.__name__ if self.choices else "string"

    def described(self, dialect: str) -> Schema:
        return {"type": "string", "enum": list(self.words)}

    def to_representation(self, value: str) -> Any:
        return str(value) or None


class Number(serializers.Field[int, Any, int, Any]):
    """A whole number; where it is read, of a range."""

    type_name = "integer"

    default_error_messages = {
        "required": "is required",
        "null": "must be a whole number from {least} to {most}",
        "invalid": "must be a whole number from {least} to {most}",
    }

    def __init__(self, *, least: int = 0, most: int = 2**31 - 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most
        self.error_messages = {
            key: message.format(least=least, most=most) for key, message in self.error_messages.items()
        }

    def to_internal_value(self, data: Any) -> int:
        text = data.strip(BLANKS) if isinstance(data, str) else ""
        if not _INTEGER.fullmatch(text) or not self.least <= int(text) <= self.most:
            self.fail("invalid")
        return int(text)

    def described(self, dialect: str) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def to_representation(self, value: int) -> int:
        return value


class Cursor(serializers.Field[list[Any], Any, str, Any]):
    """Where a page begins: what an answer has given, and nothing that anybody else could write."""

    type_name = "string"
    default_error_messages = {"invalid": "must come from the Link header of an answer to the same query"}

    def described(self, dialect: str) -> Schema:
        return {"type": "string"}

    def to_internal_value(self, data: Any) -> list[Any]:
        try:
            return paging.decode(str(data))
        except paging.BadCursor:
            self.fail("invalid")
