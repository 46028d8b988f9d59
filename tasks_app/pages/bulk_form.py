"""What the pages ask for when many account tasks are to be changed: which of them, and what is to be done."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from tasks_app.models.account_task import AccountTaskQuerySet
from tasks_app.models.bulk_change import ASKED_FOR, Verb
from tasks_app.pages.forms import FILTERS, FilterForm

MOST_CHOSEN = 500  # one by one; a page shows fewer


class IdsField(forms.Field):
    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[UUID]:
        try:
            return [UUID(text) for text in value or ()]
        except ValueError:
            raise ValidationError("Choose among the tasks of the list.") from None


class BulkForm(FilterForm):
    """
    all: whatever matches the filters, else the chosen ones. expected: how many there were when it was looked at;
    key: the same for a form that is sent twice. A wrong filter is never taken for none.
    """

    verb = forms.TypedChoiceField(choices=[(verb.value, verb.label) for verb in ASKED_FOR], coerce=Verb)
    id = IdsField(required=False)
    all = forms.BooleanField(required=False)
    expected = forms.IntegerField(required=False, min_value=0)
    key = forms.UUIDField(required=False)

    def clean_id(self) -> list[UUID]:
        ids: list[UUID] = self.cleaned_data["id"]
        if len(ids) > MOST_CHOSEN:
            raise ValidationError(f"Choose at most {MOST_CHOSEN} tasks one by one, or all that match.")
        return ids

    @property
    def problems(self) -> str:
        return " ".join(f"{self[name].label}: {error}" for name, errors in self.errors.items() for error in errors)

    @property
    def hidden(self) -> Iterator[tuple[str, str]]:
        """Names and values that say the same again."""
        yield "verb", self.cleaned_data["verb"]
        if self.cleaned_data["all"]:
            yield "all", "true"
            yield from ((name, self.data[name]) for name in FILTERS if self.data.get(name))
        else:
            yield from (("id", str(key)) for key in self.cleaned_data["id"])

    def chosen_of(self, account_tasks: AccountTaskQuerySet) -> AccountTaskQuerySet:
        if self.cleaned_data["all"]:
            return account_tasks.matching(**self.conditions)
        return account_tasks.filter(pk__in=self.cleaned_data["id"])
