"""Parameter forms: the parameters of a task as a Django form, which is made from the task's schema alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from tasks_app import parameter_fields, parameter_members
from tasks_app.parameter_fields import Kind, Member, Members, Unreadable, Unshowable
from tasks_app.parameters import Problem
from tasks_app.problems import sentence
from tasks_app.schema_references import Schema, types
from tasks_app.xml_values import is_number


@dataclass(frozen=True)
class Group:
    """Members that belong together, for a fieldset."""

    label: str
    hint: str
    is_required: bool
    rows: "list[Group | BoundField]"


class ParameterField(forms.Field):
    """A member; its value is that of JSON, ABSENT if nothing was typed."""

    def __init__(self, member: Member) -> None:
        super().__init__(
            required=member.is_required, label=member.label, help_text=member.hint, widget=_widget(member, "")
        )
        self.member = member

    def clean(self, value: str | None) -> Any:
        try:
            return self.member.value(value or "")
        except Unreadable as error:
            raise ValidationError(str(error)) from None


class ParameterForm(forms.Form):
    """One field for each member that has a control of its own; the texts in them are strings."""

    use_required_attribute = False  # what must be there in a group need not if the group may be left out

    def __init__(self, members: Members, data: Mapping[str, Any] | None = None, texts: Mapping[str, str] | None = None):
        super().__init__(data, initial=dict(texts or {}))
        self.members = members
        for member in parameter_fields.leaves(members):
            self.fields[member.name] = ParameterField(member)
            # What a browser would not keep as it is, such as words in a control for numbers, gets a plain one.
            self.fields[member.name].widget = _widget(member, self[member.name].value() or "")

    @property
    def rows(self) -> "list[Group | BoundField]":
        return self._rows(self.members)

    def _rows(self, members: Members) -> "list[Group | BoundField]":
        return [
            Group(member.label, member.hint, member.is_required, self._rows(member.members))
            if member.kind == Kind.GROUP
            else self[member.name]
            for member in members
        ]

    def values(self) -> dict[str, Any]:
        """What was typed as one JSON object. The form must be valid."""
        return parameter_fields.assembled(self.members, self.cleaned_data)

    def point_out(self, problems: Iterable[Problem]) -> None:
        """Each problem beside the control of its member."""
        found = list(parameter_fields.leaves(self.members))
        for problem in problems:
            member = next((member for member in found if problem.path[: len(member.path)] == member.path), None)
            said = sentence(problem, below=len(member.path) if member else 0)
            if member is None or said not in self.errors.get(member.name, []):
                self.add_error(member.name if member else None, said)


def of_schema(schema: Schema) -> ParameterForm | None:
    """An empty form, None if none can be made of the schema."""
    members = parameter_members.members(schema)
    return ParameterForm(members) if members else None


def showing(schema: Schema, values: Any) -> ParameterForm:
    """A form with these values in it. Raises Unshowable if it has no field for one of them."""
    members = parameter_members.members(schema)
    if not members or not isinstance(values, dict):
        raise Unshowable("is no object with members")
    fitting, texts = parameter_fields.showing(members, values)
    return ParameterForm(fitting, texts=texts)


def sent(schema: Schema, data: Mapping[str, Any]) -> ParameterForm | None:
    """A form as somebody has filled it in, None if none can be made of the schema."""
    members = parameter_fields.as_sent(parameter_members.members(schema), data)
    return ParameterForm(members, data) if members else None


def _widget(member: Member, text: str) -> forms.Widget:
    """The control for the member while this text is in it."""
    schema = member.schema
    attributes: dict[str, Any] = {"required": True} if member.is_asked else {}
    if member.kind == Kind.CHOICE:
        asked = "Choose one" if member.is_required else "Not set"
        keys = [*member.choices, *([text] if text and text not in member.choices else [])]
        return forms.Select(attributes, choices=[("", asked), *((key, _LABELS.get(key, key)) for key in keys)])
    if member.kind in (Kind.LONG_TEXT, Kind.LINES, Kind.PAIRS, Kind.JSON) or "\n" in text or "\r" in text:
        return forms.Textarea(attributes | {"rows": "6" if member.kind == Kind.LONG_TEXT else "4"})
    if member.kind == Kind.NUMBER and is_number(text or "0"):
        ends = {"min": schema.get("minimum"), "max": schema.get("maximum")}
        step = "1" if types(schema) == ("integer",) else "any"
        return forms.NumberInput(
            attributes | {name: end for name, end in ends.items() if end is not None} | {"step": step}
        )
    if text == text.strip():
        attributes = attributes | {"type": _INPUTS.get(str(schema.get("format")), "text")}
    return forms.TextInput(attributes)


_INPUTS = {"email": "email", "idn-email": "email", "uri": "url", "iri": "url"}
_LABELS = {"true": "Yes", "false": "No"}
