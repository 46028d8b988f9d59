"""
What the API answers: the names of the classes are those of the wire, help_text and docstrings are what the schema and
the help pages say.
"""

from typing import Any, ClassVar

from rest_framework import serializers

from clients_app.api import samples
from clients_app.api.fields import Choice, Flag, Guid, Moment, Number, Text, Word
from tasks_app.enumerations import Frequency, TaskNotification
from tasks_app.models import AccountTask, Attempt, Task, TaskRun
from tasks_app.models.task_run import OF_A_RUN, Outcome, State, Trigger


class AccountTaskResponse(serializers.Serializer[AccountTask]):
    """An account task."""

    sample = {
        "ID": samples.ACCOUNT_TASK,
        "TaskID": samples.TASK,
        "Name": "Call a URL",
        "Enabled": True,
        "Frequency": "DAILY",
        "StartDate": "2030-01-22T09:00:00+00:00",
        "FinishDate": "2030-12-31T23:59:59+00:00",
        "Parameters": '{"Url": "https://example.com/hook", "Method": "POST"}',
        "ContentType": "application/json",
        "Notification": "FAILURE",
        "DateCreated": "2026-01-22T09:00:48.099057+00:00",
        "DateModified": "2026-01-22T09:00:48.099057+00:00",
        "LastRunOn": None,
        "LastRunBy": None,
        "LastModifiedBy": samples.EMAIL,
        "Status": "PENDING",
        "ClientID": samples.CLIENT,
    }

    ID = Guid(source="id", help_text="The account task.")
    TaskID = Guid(source="task_id", help_text="The task of the catalogue.")
    Name = Text(source="task.name", help_text="The name of that task.")
    Enabled = Flag(source="is_enabled", help_text="false while it is paused.")
    Frequency = Choice(Frequency, source="frequency", help_text="How often it runs.")
    StartDate = Moment(source="start_at", allow_null=True, help_text="The first slot.")
    FinishDate = Moment(source="finish_at", allow_null=True, help_text="The last moment that may be a slot.")
    Parameters = Text(source="parameters", help_text="Exactly as they came.")
    ContentType = Text(source="content_type", help_text="The format of Parameters.")
    Notification = Choice(TaskNotification, source="notification", help_text="Of which runs the client's user hears.")
    DateCreated = Moment(source="created_at", help_text="When it was registered.")
    DateModified = Moment(source="modified_at", allow_null=True, help_text="When it was changed last.")
    LastRunOn = Moment(
        source="last_run_at", allow_null=True, help_text="When the latest run that was not skipped started."
    )
    LastRunBy = Text(
        source="last_run_by",
        allow_null=True,
        help_text="`SCHEDULER`, or the e-mail address of the user who asked for that run.",
    )
    LastModifiedBy = Text(
        source="modified_by", allow_null=True, help_text="The e-mail address of the user who changed it last."
    )
    Status = Word(State, source="status", help_text="The state of the latest run; PENDING as long as there is none.")
    ClientID = Guid(source="client_id", help_text="The client that registered it.")


class ErrorResponse(serializers.Serializer[Any]):
    """Why something was refused."""

    sample = {"ErrorCode": "TASK_NOT_FOUND", "ErrorReason": "TaskID is not in the catalogue of tasks."}

    ErrorCode = Text(help_text="For programs.")
    ErrorReason = Text(help_text="One sentence for people.")


class BatchItemResponse(serializers.Serializer[Any]):
    """What became of one item of a batch; the answers are in the order of the items."""

    sample = {"Status": 201, "Error": None, "Detail": AccountTaskResponse.sample}

    Status = Number(help_text="The HTTP status that a call for this item alone would have got.")
    Error = ErrorResponse(allow_null=True, help_text="Why it was refused.")
    Detail = AccountTaskResponse(allow_null=True, help_text="The account task, if it was registered.")


class ScheduleResponse(serializers.Serializer[Any]):
    """Slots to come."""

    sample = {"TimeZone": "UTC", "Slots": ["2030-01-22T09:00:00+00:00", "2030-01-23T09:00:00+00:00"]}

    TimeZone = Text(help_text="The time zone of the account, in which wall-clock times are meant.")
    Slots = serializers.ListField(child=Moment(), help_text="The next slots, in order; none if there are none to come.")


class TaskResponse(serializers.Serializer[Task]):
    """A task of the catalogue: what can be registered."""

    sample = {
        "ID": samples.TASK,
        "Name": "Call a URL",
        "Description": "Sends a signed HTTP request.",
        "ContentTypes": ["application/json", "application/xml"],
        "ParameterSchema": '{"type": "object", "required": ["Url"], "properties": {"Url": {"type": "string"}}}',
    }

    ID = Guid(source="id", help_text="The task.")
    Name = Text(source="name", help_text="What people call it.")
    Description = Text(source="description", help_text="What it does.")
    ContentTypes = serializers.ListField(
        source="content_types", child=Text(), help_text="The formats that Parameters may be written in."
    )
    ParameterSchema = Text(
        source="schema_text",
        help_text="The JSON Schema (2020-12) of Parameters, as a text. `{}`: any well-formed document.",
    )


class AttemptResponse(serializers.Serializer[Attempt]):
    """One try of a run."""

    sample = {
        "Number": 1,
        "StartedOn": "2026-01-23T09:00:00.03+00:00",
        "FinishedOn": "2026-01-23T09:00:00.41+00:00",
        "Outcome": "SUCCEEDED",
        "Summary": "POST https://example.com/hook: 200",
        "Log": "",
    }

    Number = Number(source="number", help_text="Counted from 1.")
    StartedOn = Moment(source="started_at", help_text="When it began.")
    FinishedOn = Moment(source="finished_at", allow_null=True, help_text="When it ended.")
    Outcome = Word(Outcome, source="outcome", allow_null=True, help_text="How it ended; null while it goes on.")
    Summary = Text(source="summary", help_text="What it did, or why there was no success.")
    Log = Text(source="log", help_text="The lines that the handler has logged.")


class RunResponse(serializers.Serializer[TaskRun]):
    """One execution of an account task, or slots that were skipped."""

    sample: ClassVar[dict[str, Any]] = {
        "ID": samples.RUN,
        "AccountTaskID": samples.ACCOUNT_TASK,
        "Status": "SUCCEEDED",
        "Trigger": "SCHEDULE",
        "RequestedBy": "SCHEDULER",
        "SlotOn": "2026-01-23T09:00:00+00:00",
        "FirstSlotOn": None,
        "Slots": 1,
        "RetryOf": None,
        "DateCreated": "2026-01-23T09:00:00.02+00:00",
        "NextAttemptOn": None,
        "StartedOn": "2026-01-23T09:00:00.03+00:00",
        "FinishedOn": "2026-01-23T09:00:00.41+00:00",
        "CancelRequestedOn": None,
        "AttemptCount": 1,
        "Summary": "POST https://example.com/hook: 200",
    }

    ID = Guid(source="id", help_text="The run.")
    AccountTaskID = Guid(source="account_task_id", help_text="The account task.")
    Status = Word(OF_A_RUN, enumeration=State, source="state", help_text="What has become of it.")
    Trigger = Word(Trigger, source="trigger", help_text="What made it.")
    RequestedBy = Text(source="asked_by", help_text="`SCHEDULER`, or the e-mail address of the user who asked for it.")
    SlotOn = Moment(source="due_at", allow_null=True, help_text="The slot; null for a run on demand.")
    FirstSlotOn = Moment(
        source="first_due_at",
        allow_null=True,
        help_text="Where skipped slots share one row, the first of them; SlotOn is the last.",
    )
    Slots = Number(source="slots", help_text="How many slots the row stands for.")
    RetryOf = Guid(source="retry_of_id", allow_null=True, help_text="The run that this one repeats.")
    DateCreated = Moment(source="created_at", help_text="When it was made.")
    NextAttemptOn = Moment(source="next_attempt_at", allow_null=True, help_text="While it waits: until when.")
    StartedOn = Moment(source="started_at", allow_null=True, help_text="When its first attempt began.")
    FinishedOn = Moment(source="finished_at", allow_null=True, help_text="When it was over.")
    CancelRequestedOn = Moment(
        source="cancel_asked_at", allow_null=True, help_text="When somebody asked for it to stop."
    )
    AttemptCount = Number(source="attempts", help_text="How many attempts it has had.")
    Summary = Text(source="summary", help_text="What it did, or why there was no success.")


class RunDetailResponse(RunResponse):
    """A run with its attempts."""

    sample = RunResponse.sample | {"Attempts": [AttemptResponse.sample]}

    Attempts = AttemptResponse(source="tries", many=True, help_text="Its attempts, in order.")
