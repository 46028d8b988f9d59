"""What the pages ask for."""

from typing import Any

from django import forms

from clients_app.documents import UNFIT
from tasks_app.enumerations import Frequency
from tasks_app.models.task_run import State

SORTS = {
    "-DateCreated": "Newest first",
    "NextRunOn": "Next run first",
    "-LastRunOn": "Latest run first",
    "-DateModified": "Latest change first",
}
USUAL_SORT = next(iter(SORTS))


class FilterForm(forms.Form):
    """The filters of the list, which stand in its address."""

    search = forms.CharField(required=False, max_length=100, widget=forms.TextInput({"type": "search"}))
    status = forms.ChoiceField(required=False, choices=[("", "Any status"), *State.choices])
    frequency = forms.TypedChoiceField(
        required=False, choices=[("", "Any frequency"), *Frequency.choices], coerce=int, empty_value=None
    )
    is_enabled = forms.TypedChoiceField(
        label="Schedule",
        required=False,
        choices=[("", "Running or paused"), ("true", "Running"), ("false", "Paused")],
        coerce=lambda word: word == "true",
        empty_value=None,
    )
    sort = forms.ChoiceField(label="Order", required=False, choices=list(SORTS.items()))

    def clean_search(self) -> str:
        text: str = self.cleaned_data["search"]
        if UNFIT.search(text):
            raise forms.ValidationError("Search for letters, figures and signs.")
        return text

    def clean_sort(self) -> str:
        return self.cleaned_data["sort"] or USUAL_SORT

    @property
    def conditions(self) -> dict[str, Any]:
        """Of `AccountTask.objects.matching`: those that were chosen."""
        chosen = {name: self.cleaned_data.get(name) for name in ("search", "status", "frequency", "is_enabled")}
        return {name: value for name, value in chosen.items() if value not in ("", None)}
