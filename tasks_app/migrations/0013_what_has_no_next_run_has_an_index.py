"""An index that others go on beside: on PostgreSQL nobody who writes waits for it."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class AddIndexMeanwhile(AddIndexConcurrently):
    def database_forwards(self, app_label: str, editor: BaseDatabaseSchemaEditor, *states: Any) -> None:
        has_it = editor.connection.vendor == "postgresql"
        (AddIndexConcurrently if has_it else migrations.AddIndex).database_forwards(self, app_label, editor, *states)

    def database_backwards(self, app_label: str, editor: BaseDatabaseSchemaEditor, *states: Any) -> None:
        has_it = editor.connection.vendor == "postgresql"
        (AddIndexConcurrently if has_it else migrations.AddIndex).database_backwards(self, app_label, editor, *states)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("clients_app", "0009_audit_entries_stay"),
        ("tasks_app", "0012_history_by_the_month"),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name="accounttask",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("is_enabled", True), ("next_run_at__isnull", True)),
                fields=["frequency", "finish_at"],
                name="account_task_stopped",
            ),
        ),
    ]
