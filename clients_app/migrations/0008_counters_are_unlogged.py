from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def unlog(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE clients_app_counter SET UNLOGGED")


def log(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE clients_app_counter SET LOGGED")


class Migration(migrations.Migration):
    dependencies = [("clients_app", "0007_audit_entries_without_constraints")]
    operations = [migrations.RunPython(unlog, log)]
