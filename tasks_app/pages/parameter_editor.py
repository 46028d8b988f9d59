"""
The parameters while somebody types them: as a form, as JSON or as XML. What stands in one is carried over to another
if it would come back the same; if not it stays where it is, and the page says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from referencing.exceptions import Unresolvable

from clients_app.documents import UNFIT
from tasks_app import parameter_forms, parameters
from tasks_app.enumerations import ContentType
from tasks_app.parameter_fields import Unshowable
from tasks_app.parameter_forms import ParameterForm
from tasks_app.parameters import Parameters
from tasks_app.schema_references import Schema


class Representation(TextChoices):
    FORM = "form", "Form"
    JSON = "json", "JSON"
    XML = "xml", "XML"


FORMATS: Final = {Representation.JSON: ContentType.JSON, Representation.XML: ContentType.XML}
MOST_PROBLEMS: Final = 20  # that a page shows
EMPTY: Final = {Representation.JSON: "{}", Representation.XML: "<Parameters />"}


@dataclass
class ParameterEditor:
    """
    stored: what is saved byte for byte as long as nobody touches it. form: the fields of FORM; text: what stands in the
    others. problems: what is wrong, but for what stands beside the fields. note: why it is not shown otherwise.
    """

    schema: Schema
    stored: Parameters | None
    representation: Representation
    form: ParameterForm | None = None
    text: str = ""
    problems: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def tabs(self) -> list[tuple[Representation, bool]]:
        """The representations that there are, and which one is shown."""
        has_form = self.form or parameter_forms.of_schema(self.schema)
        return [(each, each == self.representation) for each in Representation if has_form or each in FORMATS]

    def switched(self, to: str) -> "ParameterEditor":
        """The same parameters in another representation; itself, with a note, if they can't be carried over."""
        if to == self.representation or to not in Representation.values:
            return self
        wanted = Representation(to)
        try:
            return _shown(self.schema, self.stored, wanted, self._values())
        except ValidationError as error:
            stays, other = self.representation.label, wanted.label
            self.note = f"{other} can't show this, so it stays {stays}: it {error.messages[0]}."
        return self

    def document(self) -> Parameters | None:
        """The parameters to save; None if they are wrong, which the editor then shows."""
        try:
            document = self._document()
        except ValidationError as error:
            self.problems = [f"It {message}." for message in error.messages]
            return None
        if document is None:
            return None
        problems = document.problems(self.schema)[:MOST_PROBLEMS]
        if self.form:
            self.form.point_out(problems)
        else:
            self.problems = list(dict.fromkeys(f"It {problem.text}." for problem in problems))
        return None if problems else document

    def _document(self) -> Parameters | None:
        """None if the form has problems. Raises ValidationError."""
        if self.form is None:
            return self._read()
        if not self.form.is_valid():
            return None
        values = self.form.values()
        if self.stored and _is_same(values, self.stored, self.schema):
            return self.stored
        content_type = self.stored.content_type if self.stored else ContentType.JSON
        return parameters.write(values, content_type, self.schema)

    def _values(self) -> Any:
        """As JSON values, even such as the schema refuses. Raises ValidationError if there are none."""
        if self.form is None:
            values = _values(self._read(), self.schema)
            return {} if values == "" and self.representation == Representation.XML else values
        if not self.form.is_valid():
            raise ValidationError("has fields that are to be put right first")
        return self.form.values()

    def _read(self) -> Parameters:
        content_type = FORMATS[self.representation]
        text = _lines(self.text)
        if self.stored and self.stored.content_type == content_type and _lines(self.stored.text) == text:
            return self.stored
        if UNFIT.search(text):
            raise ValidationError("holds characters that can't be seen: take them out")
        return parameters.read(text, content_type)


def opened(schema: Schema, stored: Parameters | None) -> ParameterEditor:
    """As a form if that can show what is stored, else as it is written; stored: None for a new one."""
    if stored is None:
        form = parameter_forms.of_schema(schema)
        usual = Representation.FORM if form else Representation.JSON
        return ParameterEditor(schema, None, usual, form, EMPTY.get(usual, ""))
    representation = next(each for each, content_type in FORMATS.items() if content_type == stored.content_type)
    editor = ParameterEditor(schema, stored, representation, text=stored.text)
    return editor.switched(Representation.FORM) if parameter_forms.of_schema(schema) else editor


def typed(schema: Schema, stored: Parameters | None, data: Mapping[str, str]) -> ParameterEditor:
    """As somebody has typed it."""
    representation = data.get("representation")
    if representation == Representation.FORM and (form := parameter_forms.sent(schema, data)):
        return ParameterEditor(schema, stored, Representation.FORM, form)
    raw = Representation.XML if representation == Representation.XML else Representation.JSON
    return ParameterEditor(schema, stored, raw, text=data.get("parameters", ""))


def _shown(schema: Schema, stored: Parameters | None, representation: Representation, values: Any) -> ParameterEditor:
    """Raises ValidationError if the representation can't show the values."""
    if representation == Representation.FORM:
        try:
            form = parameter_forms.showing(schema, values)
        except Unshowable as error:
            raise ValidationError(str(error)) from None
        return ParameterEditor(schema, stored, representation, form)
    content_type = FORMATS[representation]
    if stored and stored.content_type == content_type and _is_same(values, stored, schema):
        text = stored.text
    elif values == {}:
        text = EMPTY[representation]
    else:
        text = parameters.write(values, content_type, schema).text
    return ParameterEditor(schema, stored, representation, text=text)


def _is_same(values: Any, stored: Parameters, schema: Schema) -> bool:
    return parameters.difference(values, _values(stored, schema)) is None


def _values(document: Parameters, schema: Schema) -> Any:
    try:
        return document.values(schema)
    except Unresolvable:
        raise ValidationError("can't be read: the task's schema is broken") from None


def _lines(text: str) -> str:
    """Browsers end all lines alike."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
