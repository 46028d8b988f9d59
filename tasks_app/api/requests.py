"""
What is asked for over the API: the names of the classes are those of the wire, help_text and docstrings are what the
schema and the help pages say.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.fields import empty

from clients_app.api import samples
from clients_app.api.fields import Choice, Flag, Guid, Moment, Text, dialect_of
from tasks_app import parameters
from tasks_app.api import plain
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask
from tasks_app.registration import AskedOfTask
from tasks_app.schedules import Schedule

MOST_ITEMS = 1_000  # of a batch


class ContentTypeField(Text):
    """In any case, with parameters of the media type that don't matter."""

    type_name = "ContentType"
    choices = ContentType
    default_error_messages = {"unknown": "must be application/xml or application/json"}

    def described(self, dialect: str) -> dict[str, Any]:
        return {"type": "string", "enum": list(ContentType.values)}

    def to_internal_value(self, data: Any) -> Any:
        name = super().to_internal_value(data).split(";")[0].strip().lower()
        if name not in ContentType.values:
            self.fail("unknown")
        return ContentType(name)


class Members(serializers.Serializer[AccountTask]):
    """Reads all members before it says what is wrong, so that all problems are said at once."""

    def run_validation(self, data: Any = empty) -> Any:
        is_empty, value = self.validate_empty_values(data)
        return value if is_empty else self.to_internal_value(value)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError({"The item": [f"must be an {type(self).__name__}"]})
        values: dict[str, Any] = {}
        problems: dict[str, Any] = {}
        for field in _fields_of(type(self), getattr(data, "dialect", "json")):
            try:
                values[str(field.source)] = field.run_validation(field.get_value(data))
            except serializers.SkipField:
                pass
            except serializers.ValidationError as error:
                problems[str(field.field_name)] = error.detail
        self._combine(values, problems)
        if problems:
            raise serializers.ValidationError(problems)
        return values

    def _combine(self, values: dict[str, Any], problems: dict[str, Any]) -> None:
        """The members of the schedule to one value; its problem goes to the last of them."""
        window = (values.pop("start_at", None), values.pop("finish_at", None))
        try:
            values["schedule"] = Schedule(values.pop("frequency", Frequency.NONE), *window)
        except ValidationError as error:
            problems["FinishDate"] = error.messages


class _Written(dict[str, Any]):
    """Nothing, as a body of a dialect."""

    def __init__(self, dialect: str) -> None:
        super().__init__()
        self.dialect = dialect


@cache
def _fields_of(shape: Any, dialect: str) -> tuple[serializers.Field[Any, Any, Any, Any], ...]:
    """
    Bound once: a serializer copies its fields for each body, which costs more than what the fields then do. They keep
    nothing of what goes through them, so that one copy serves all threads.
    """
    return tuple(shape(data=_Written(dialect)).fields.values())


class ScheduleRequest(Members):
    """A schedule that is not registered yet."""

    sample = {"Frequency": "MONTHLY", "StartDate": "2030-01-31T09:00:00+01:00"}

    Frequency = Choice(Frequency, source="frequency", help_text="How often there is a slot.")
    StartDate = Moment(
        source="start_at",
        required=False,
        allow_null=True,
        help_text="The first slot. Without it the first one comes a period after now.",
    )
    FinishDate = Moment(
        source="finish_at",
        required=False,
        allow_null=True,
        help_text="The last moment that may be a slot; not before StartDate. Without it there is no end.",
    )


class AccountTaskRequest(Members):
    """
    A task of the catalogue as it is to run on the account.

    Its validated data are the arguments of `registration.register`: whatever is wrong with the single members and
    with those that belong together is found at once.
    """

    sample: ClassVar[dict[str, Any]] = {
        "TaskID": samples.TASK,
        "Frequency": "DAILY",
        "StartDate": "2030-01-22T09:00:00+00:00",
        "FinishDate": "2030-12-31T23:59:59+00:00",
        "Parameters": '{"Url": "https://example.com/hook", "Method": "POST"}',
        "ContentType": "application/json",
        "Notification": "FAILURE",
    }

    TaskID = Guid(source="task_id", help_text="The task of the catalogue that is to run.")
    Frequency = Choice(
        Frequency, source="frequency", help_text="How often it runs. NONE: once, or on demand if there is no StartDate."
    )
    StartDate = Moment(
        source="start_at",
        required=False,
        allow_null=True,
        help_text="The first slot; all others are counted from it. Without it the first one comes a period after the "
        "registration. One in the past is not caught up.",
    )
    FinishDate = Moment(
        source="finish_at",
        required=False,
        allow_null=True,
        help_text="The last moment that may be a slot; not before StartDate. Without it there is no end.",
    )
    Parameters = Text(
        source="parameters",
        help_text="What the task is to be done with: a JSON or XML document as a text, as the task's ParameterSchema "
        "has it. It is given back exactly as it came.",
    )
    ContentType = ContentTypeField(
        source="content_type", help_text="The format of Parameters: `application/json` or `application/xml`."
    )
    Notification = Choice(
        TaskNotification,
        source="notification",
        default=TaskNotification.NONE,
        help_text="Of which runs the client's user hears.",
    )

    def _combine(self, values: dict[str, Any], problems: dict[str, Any]) -> None:
        super()._combine(values, problems)
        content_type = values.pop("content_type", None)
        if content_type and "parameters" in values:
            try:
                values["parameters"] = parameters.read(values["parameters"], content_type)
            except ValidationError as error:
                problems["Parameters"] = error.messages


def registration_of(data: Any) -> AskedOfTask:
    """The validated data of `AccountTaskRequest(data=data)`. Raises serializers.ValidationError."""
    found = plain.read(data) if isinstance(data, Mapping) else None
    if found is None:
        asked = AccountTaskRequest(data=data)
        asked.is_valid(raise_exception=True)
        found = cast(AskedOfTask, asked.validated_data)
    return found


class AccountTaskUpdateRequest(AccountTaskRequest):
    """The whole account task as it is to be from now on."""

    sample = AccountTaskRequest.sample | {"Enabled": True}

    Enabled = Flag(
        source="is_enabled",
        default=None,
        allow_null=True,
        help_text="false pauses it: there is no next run. Absent or null leaves it as it is.",
    )


class AccountTaskPatchRequest(AccountTaskUpdateRequest):
    """Some members of an account task; what is absent stays as it is. The row is the serializer's `instance`."""

    sample = {"Notification": "FAILURE"}
    is_partial = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, partial=True, **kwargs)

    def _combine(self, values: dict[str, Any], problems: dict[str, Any]) -> None:
        row = self.instance
        assert isinstance(row, AccountTask)  # noqa: S101 (the view gives it)
        stored = {
            "task_id": row.task_id,
            "frequency": row.frequency,
            "start_at": row.start_at,
            "finish_at": row.finish_at,
            "parameters": row.parameters,
            "content_type": ContentType(row.content_type),
            "notification": row.notification,
            "is_enabled": None,
        }
        wrong = {str(field.source) for name, field in self.fields.items() if name in problems}
        for name in stored.keys() - values.keys() - wrong:
            values[name] = stored[name]
        super()._combine(values, problems)


class BatchItems(serializers.ListField):
    """AccountTaskRequests, as they came: each is read for itself, so that a wrong one spoils no other."""

    default_error_messages = {
        "required": "is required",
        "null": "is required",
        "not_a_list": f"must hold 1 to {MOST_ITEMS} AccountTaskRequests",
    }

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list) or not 1 <= len(data) <= MOST_ITEMS:
            self.fail("not_a_list")
        if dialect_of(self) != "xml":
            return data
        if any(name != AccountTaskRequest.__name__ for name, _ in data):
            self.fail("not_a_list")
        return [value.body() if hasattr(value, "body") else value for _, value in data]


class BatchRequest(serializers.Serializer[AccountTask]):
    """Many account tasks to be registered in one call."""

    sample = {"AllOrNothing": False, "Items": [AccountTaskRequest.sample]}

    AllOrNothing = Flag(
        source="is_all_or_nothing",
        default=False,
        help_text="true: if one of them is wrong none is registered, and the answer is an error. "
        "false: each for itself.",
    )
    Items = BatchItems(child=AccountTaskRequest(), source="items", help_text=f"1 to {MOST_ITEMS} AccountTaskRequests.")
