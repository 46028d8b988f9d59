"""The published shapes of account tasks; the names of the classes are the names of the wire."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from clients_app.api.fields import Choice, Flag, Guid, Moment, Text
from tasks_app import parameters
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask
from tasks_app.schedules import Schedule


class ContentTypeField(Text):
    """In any case, with parameters of the media type that don't matter."""

    default_error_messages = {"unknown": "must be application/xml or application/json"}

    def to_internal_value(self, data: Any) -> Any:
        name = super().to_internal_value(data).split(";")[0].strip().lower()
        if name not in ContentType.values:
            self.fail("unknown")
        return ContentType(name)


class AccountTaskRequest(serializers.Serializer[AccountTask]):
    """
    Its validated data are the arguments of `registration.register`: whatever is wrong with the single members and
    with those that belong together is found at once.
    """

    TaskID = Guid(source="task_id")
    Frequency = Choice(Frequency, source="frequency")
    StartDate = Moment(source="start_at", required=False, allow_null=True)
    FinishDate = Moment(source="finish_at", required=False, allow_null=True)
    Parameters = Text(source="parameters")
    ContentType = ContentTypeField(source="content_type")
    Notification = Choice(TaskNotification, source="notification", default=TaskNotification.NONE)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values: dict[str, Any] = {}
        problems: dict[str, Any] = {}
        for field in self.fields.values():
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
        """The members of the schedule and those of the parameters to one value each; problems go to the last one."""
        window = (values.pop("start_at", None), values.pop("finish_at", None))
        try:
            values["schedule"] = Schedule(values.pop("frequency", Frequency.NONE), *window)
        except ValidationError as error:
            problems["FinishDate"] = error.messages
        content_type = values.pop("content_type", None)
        if content_type and "parameters" in values:
            try:
                values["parameters"] = parameters.read(values["parameters"], content_type)
            except ValidationError as error:
                problems["Parameters"] = error.messages


class AccountTaskUpdateRequest(AccountTaskRequest):
    Enabled = Flag(source="is_enabled", default=None, allow_null=True)


class AccountTaskRunRequest(serializers.Serializer[AccountTask]):
    """The query of a run at once."""

    id = Guid()


class AccountTaskResponse(serializers.Serializer[AccountTask]):
    ID = Guid(source="id")
    TaskID = Guid(source="task_id")
    Name = Text(source="task.name")
    Enabled = Flag(source="is_enabled")
    Frequency = Choice(Frequency, source="frequency")
    StartDate = Moment(source="start_at")
    FinishDate = Moment(source="finish_at")
    Parameters = Text(source="parameters")
    ContentType = Text(source="content_type")
    Notification = Choice(TaskNotification, source="notification")
    DateCreated = Moment(source="created_at")
    DateModified = Moment(source="modified_at")
    LastRunOn = Moment(source="last_run_at")
    LastRunBy = Text(source="last_run_by")
    LastModifiedBy = Text(source="modified_by")
    Status = Text(source="status")
    ClientID = Guid(source="client_id")
