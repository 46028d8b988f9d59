"""The history of an account task: its runs page by page; filters and page stand in the address."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from clients_app import paging
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


def asked(query: QueryDict) -> str:
    """What the filters of the address are, as the query of the first page."""
    return urlencode({name: query[name] for name in HistoryForm.base_fields if query.get(name)})


def of(account_task: AccountTask, query: QueryDict) -> dict[str, Any]:
    """For the template: the form, the runs, and the addresses of the first and the next page. Raises BadCursor."""
    form = HistoryForm(query)
    form.is_valid()  # a wrong filter is said, and not used
    cursor = paging.decode(str(query["cursor"])) if "cursor" in query else None
    page = paging.page(
        account_task.runs.filter, form.conditions, keys=KEYS, sort="-DateCreated", limit=ON_A_PAGE, cursor=cursor
    )
    first = asked(query)
    further = urlencode({"cursor": page.next_cursor}) if page.next_cursor else ""
    return {
        "form": form,
        "runs": page.rows,
        "is_filtered": bool(first),
        "first": f"?{first}#history" if cursor else "",
        "next": f"?{first}{'&' if first else ''}{further}#history" if further else "",
    }
