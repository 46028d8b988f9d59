"""Task: an entry of the catalogue that operators keep."""

import json

from django.db import models
from django.utils import timezone

from clients_app.models.keys import new_key
from tasks_app.enumerations import ContentType


class TaskQuerySet(models.QuerySet["Task"]):
    def enabled(self) -> "TaskQuerySet":
        return self.filter(is_enabled=True)


class Task(models.Model):
    id = models.UUIDField("ID", primary_key=True, default=new_key)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    handler = models.CharField(max_length=50, blank=True, help_text="Code of the handler that does the task.")
    parameter_schema = models.JSONField(
        default=dict, blank=True, help_text="JSON Schema of the parameters; an empty one takes any document."
    )
    is_enabled = models.BooleanField("enabled", default=True, help_text="A disabled task can't be registered.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TaskQuerySet.as_manager()

    audited = ("name", "description", "handler", "parameter_schema", "is_enabled")

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="task_id_is_not_zero",
                condition=~models.Q(id="00000000-0000-0000-0000-000000000000"),
                violation_error_message="The zero GUID is never a task.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def content_types(self) -> list[str]:
        """The formats that its parameters may be written in: a schema describes both alike."""
        return list(ContentType.values)

    @property
    def schema_text(self) -> str:
        return json.dumps(self.parameter_schema, ensure_ascii=False)
