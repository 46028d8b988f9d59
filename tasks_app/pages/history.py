"""The history of an account task: its runs page by page; filters and page stand in the address."""

from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict

from clients_app.pages.lists import asked_page
from clients_app.paging import SortKey
from tasks_app.models import AccountTask
from tasks_app.models.task_run import OF_A_RUN, Trigger

ON_A_PAGE = 20  # runs
KEYS = {"DateCreated": SortKey("created_at")}


class HistoryForm(forms.Form):
    """The filters."""

    state = forms.ChoiceField(
        required=False, choices=[("", "Any state"), *((state.value, state.label) for state in OF_A_RUN)]
    )
    trigger = forms.ChoiceField(required=False, choices=[("", "Any trigger"), *Trigger.choices])

    @property
    def conditions(self) -> dict[str, Any]:
        """Lookups of those that were chosen, without those that are wrong."""
        return {name: value for name, value in self.cleaned_data.items() if value}


def asked(query: QueryDict) -> dict[str, str]:
    """The filters of the address."""
    return {name: str(query[name]) for name in HistoryForm.base_fields if query.get(name)}


def of(account_task: AccountTask, request: HttpRequest) -> dict[str, Any] | None:
    """For the template: the form and the page of runs. None if that page is no more, which the next page says."""
    form, filters = HistoryForm(request.GET), asked(request.GET)
    form.is_valid()  # a wrong filter is said, and not used
    rows_of, conditions = account_task.runs.filter, form.conditions
    page = asked_page(request, rows_of, conditions, keys=KEYS, sort="-DateCreated", limit=ON_A_PAGE, asked=filters)
    return {"form": form, "page": page, "is_filtered": bool(filters)} if page else None
