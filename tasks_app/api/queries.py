"""The queries of lists: filters, what they are sorted by, and pages."""

from typing import Any

from rest_framework import serializers

from clients_app.api import samples
from clients_app.api.fields import Choice, Flag, Guid, Moment, Number, Text, Word
from clients_app.api.paging import PageQuery, sort_field
from clients_app.paging import SortKey
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask
from tasks_app.models.account_task import SORT_KEYS
from tasks_app.models.task_run import OF_A_RUN, State

MOST_SLOTS, USUAL_SLOTS = 100, 10
LONGEST_SEARCH = 100  # characters


def check_search(text: str) -> None:
    if len(text) > LONGEST_SEARCH:
        raise serializers.ValidationError(f"must have no more than {LONGEST_SEARCH} characters")


class RunNowQuery(serializers.Serializer[AccountTask]):
    sample = {"id": samples.ACCOUNT_TASK}

    id = Guid(help_text="The account task.")


class SlotsQuery(serializers.Serializer[Any]):
    sample = {"count": "2"}

    count = Number(least=1, most=MOST_SLOTS, default=USUAL_SLOTS, help_text="How many slots are wanted.")


class TasksQuery(PageQuery):
    sample = {"limit": "20"}

    sort_keys = {"Name": SortKey("name", kind=str)}
    sort = sort_field(sort_keys, default="Name")


class AccountTasksQuery(PageQuery):
    sample = {"Frequency": "DAILY", "Enabled": "true", "sort": "NextRunOn", "limit": "20"}

    sort_keys = SORT_KEYS
    sort = sort_field(sort_keys, default="-DateCreated")
    TaskID = Guid(source="task_id", required=False, help_text="Only those of this task.")
    ClientID = Guid(source="client_id", required=False, help_text="Only those that this client registered.")
    Frequency = Choice(Frequency, source="frequency", required=False, help_text="Only those that run so often.")
    Enabled = Flag(source="is_enabled", required=False, help_text="Only those that are not paused, or only those.")
    Status = Word(State, source="status", required=False, help_text="Only those whose latest run is so.")
    search = Text(
        rule=check_search,
        required=False,
        help_text="A part of a value in the parameters, or of the name of the task, in any case.",
    )
    CreatedFrom = Moment(source="created_at__gte", required=False, help_text="Registered then or later.")
    CreatedTo = Moment(source="created_at__lte", required=False, help_text="Registered then or earlier.")
    NextRunFrom = Moment(source="next_run_at__gte", required=False, help_text="With a next run then or later.")
    NextRunTo = Moment(source="next_run_at__lte", required=False, help_text="With a next run then or earlier.")


class RunsQuery(PageQuery):
    sample = {"Status": "SUCCEEDED", "limit": "20"}

    sort_keys = {"DateCreated": SortKey("created_at")}
    sort = sort_field(sort_keys, default="-DateCreated")
    Status = Word(OF_A_RUN, enumeration=State, source="state", required=False, help_text="Only those in this state.")
