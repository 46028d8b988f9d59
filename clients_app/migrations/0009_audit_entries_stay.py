"""Neither the service nor whoever has got hold of its connection changes or deletes an entry of the audit trail."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

REFUSAL = "audit entries are neither changed nor deleted"
ON = {
    "postgresql": [
        f"""
        CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$
        """,
        """
        CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON clients_app_auditentry
        FOR EACH ROW EXECUTE FUNCTION audit_entries_stay()
        """,
    ],
    "sqlite": [
        f"CREATE TRIGGER audit_entries_stay_{event.lower()} BEFORE {event} ON clients_app_auditentry"
        f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for event in ("UPDATE", "DELETE")
    ],
}
OFF = {
    "postgresql": [
        "DROP TRIGGER audit_entries_stay ON clients_app_auditentry",
        "DROP FUNCTION audit_entries_stay()",
    ],
    "sqlite": ["DROP TRIGGER audit_entries_stay_update", "DROP TRIGGER audit_entries_stay_delete"],
}


def keep(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in ON[editor.connection.vendor]:
        editor.execute(statement)


def let_go(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in OFF[editor.connection.vendor]:
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("clients_app", "0008_counters_are_unlogged")]
    operations = [migrations.RunPython(keep, let_go)]
