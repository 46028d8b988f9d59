"""What the pages ask for."""

from typing import Any

from django import forms

from clients_app.documents import UNFIT
from clients_app.models import Account, Client
from tasks_app.enumerations import Frequency
from tasks_app.models import Task
from tasks_app.models.account_task import Conditions
from tasks_app.models.task_run import State

SORTS = {
    "-DateCreated": "Newest first",
    "DateCreated": "Oldest first",
    "NextRunOn": "Next run first",
    "-NextRunOn": "Next run last",
    "-LastRunOn": "Latest run first",
    "LastRunOn": "Latest run last",
    "-DateModified": "Latest change first",
    "DateModified": "Latest change last",
}
USUAL_SORT = next(iter(SORTS))
FILTERS = ("search", "status", "frequency", "is_enabled", "task", "client")


class FilterForm(forms.Form):
    """The filters of the list, which stand in its address: of an account."""

    search = forms.CharField(required=False, max_length=100, widget=forms.TextInput({"type": "search"}))
    status = forms.ChoiceField(required=False, choices=[("", "Any status"), *State.choices])
    is_enabled = forms.TypedChoiceField(
        label="Schedule",
        required=False,
        choices=[("", "Active or paused"), ("true", "Active"), ("false", "Paused")],
        coerce=lambda word: word == "true",
        empty_value=None,
    )
    frequency = forms.TypedChoiceField(
        required=False, choices=[("", "Any frequency"), *Frequency.choices], coerce=int, empty_value=None
    )
    task = forms.ChoiceField(required=False)
    client = forms.ChoiceField(required=False)
    sort = forms.ChoiceField(label="Order", required=False, choices=list(SORTS.items()))

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tasks = Task.objects.enabled().values_list("pk", "name")
        clients = Client.objects.for_account(account).values_list("pk", "name")
        self.fields["task"] = _one_of("Any task", tasks)
        self.fields["client"] = _one_of("Any client", clients)

    def clean_search(self) -> str:
        text: str = self.cleaned_data["search"]
        if UNFIT.search(text):
            raise forms.ValidationError("Search for letters, figures and signs.")
        return text

    def clean_sort(self) -> str:
        return self.cleaned_data["sort"] or USUAL_SORT

    @property
    def conditions(self) -> Conditions:
        """Of `AccountTask.objects.matching`: those that were chosen."""
        chosen = {name: self.cleaned_data.get(name) for name in FILTERS}
        return {name: value for name, value in chosen.items() if value not in ("", None)}


def _one_of(anything: str, rows: Any) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, choices=[("", anything), *((str(key), name) for key, name in rows)])
