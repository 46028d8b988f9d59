"""What the pages ask for when a table is to be imported: the table itself, and whether to go on with it."""

import base64
import binascii
import zlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator

from tasks_app import tables
from tasks_app.tables import BadTable, Table

LONGEST_CARRIED = 1_000_000  # characters: with the fields beside it still less than a form may hold


class TableForm(forms.Form):
    """A file, or a text that was pasted. `table` and `text` are what came of it."""

    file = forms.FileField(
        label="CSV file",
        required=False,
        allow_empty_file=True,
        help_text="In UTF-8, with commas or semicolons between the cells; at most 1,000 rows and 1 MiB.",
        validators=[FileExtensionValidator(("csv", "tsv", "txt"), "Choose a file whose name ends with .csv.")],
        widget=forms.FileInput({"accept": ".csv,text/csv"}),
    )
    pasted = forms.CharField(
        label="Or the table itself",
        required=False,
        strip=False,
        help_text="Cells that were copied from a spreadsheet, or lines of CSV. The first line names the columns.",
        widget=forms.Textarea({"rows": 8, "spellcheck": "false"}),
    )
    ignore_unknown = forms.BooleanField(label="Ignore columns that mean nothing here", required=False)

    table: Table
    text: str

    def clean(self) -> dict[str, Any]:
        file, pasted = self.cleaned_data.get("file"), self.cleaned_data.get("pasted", "")
        if self.errors:
            return self.cleaned_data
        if (file is None) == (not pasted.strip()):
            raise ValidationError("Choose a file, or paste a table: one of the two.")
        try:
            # Browsers send the lines of a text area with CR LF, whatever was pasted.
            self.text = _text_of(file) if file else pasted.replace("\r\n", "\n")
            self.table = tables.read(self.text, ignore_unknown=self.cleaned_data["ignore_unknown"])
        except BadTable as error:
            self.add_error("file" if file else "pasted", str(error))
            return self.cleaned_data
        if len(carried(self.text)) > LONGEST_CARRIED:
            self.add_error(None, "The table is too large to be kept between the two steps: split it into two.")
        return self.cleaned_data


class CarriedForm(forms.Form):
    """
    The table as it was checked, carried along as a text that no browser changes: a form's line breaks would be.
    how: all or nothing, or the right rows alone. key: the same for a form that is sent twice.
    """

    carried = forms.CharField()
    ignore_unknown = forms.BooleanField(required=False)
    how = forms.ChoiceField(choices=[("all", "All or nothing"), ("right", "The right rows")])
    key = forms.UUIDField()

    table: Table
    text: str

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                self.text = _uncarried(self.cleaned_data["carried"])
                self.table = tables.read(self.text, ignore_unknown=self.cleaned_data["ignore_unknown"])
            except BadTable as error:
                raise ValidationError(str(error)) from None
        return self.cleaned_data


def carried(text: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text.encode())).decode()


def _uncarried(text: str) -> str:
    try:
        inflated = zlib.decompressobj().decompress(base64.urlsafe_b64decode(text), tables.LARGEST + 1)
        if len(inflated) <= tables.LARGEST:
            return inflated.decode()
    except (ValueError, binascii.Error, zlib.error):
        pass
    raise BadTable("The table did not come along whole: choose it once more.")


def _text_of(file: Any) -> str:
    if file.size > tables.LARGEST:
        raise BadTable("The file is larger than 1 MiB: split it, and import the parts.")
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadTable("The file is not in UTF-8: save it as CSV in UTF-8.") from None
