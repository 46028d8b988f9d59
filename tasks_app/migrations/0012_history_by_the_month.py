"""
On PostgreSQL the tables of runs and attempts become the first of many: up to the end of this month. What takes long, the
check that they hold nothing later, stops nobody; then they change their place while all others wait, for some
milliseconds. The code of before goes on with the tables as they are then.
"""

from datetime import datetime

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

from tasks_app import partitions
from tasks_app.partitions import ATTEMPTS, KEYS, RUNS, bound, month_after

FIRST = "first"


def part(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    end = month_after(timezone.now())
    checks = {
        RUNS: f"id < '{bound(end)}' AND (due_at IS NULL OR due_at < '{end.isoformat()}')",
        ATTEMPTS: f"run_id < '{bound(end)}'",
    }
    for table, check in checks.items():
        editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_first")
        editor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_first CHECK ({check}) NOT VALID")
        editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {table}_first")
    partitions.briefly(move, editor, end)
    partitions.prepare(timezone.now())


def move(editor: BaseDatabaseSchemaEditor, end: datetime) -> None:
    editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    editor.execute(f"LOCK TABLE {RUNS}, {ATTEMPTS} IN ACCESS EXCLUSIVE MODE")
    for table, key in KEYS.items():
        old = f"{table}_{FIRST}"
        indexes = rows(
            editor,
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %s",
            table,
        )
        constraints = rows(
            editor,
            "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
            " AND contype IN ('f', 'p', 'u')",
            table,
        )
        editor.execute(f"ALTER TABLE {table} RENAME TO {old}")
        for name, _ in indexes:
            editor.execute(f"ALTER INDEX {name} RENAME TO {name}_{FIRST}")
        editor.execute(
            f"CREATE TABLE {table} (LIKE {old} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE ({key})"
        )
        editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_first")
        for name, kind, definition in constraints:
            # A key that does not say which month it is about stays with each table alone.
            if kind == "f" or f"({key}" in definition:
                editor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        backing = {name for name, _, _ in constraints}
        for name, definition in indexes:
            if name not in backing:
                editor.execute(definition)
        editor.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
        editor.execute(f"ALTER TABLE {table} ATTACH PARTITION {old} FOR VALUES FROM (MINVALUE) TO ('{bound(end)}')")
    editor.execute(partitions.once_per_slot("default"))


def rows(editor: BaseDatabaseSchemaEditor, query: str, table: str) -> list[tuple[str, ...]]:
    with editor.connection.cursor() as cursor:
        cursor.execute(query, [table])
        return cursor.fetchall()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tasks_app", "0011_nothing_points_to_runs")]
    operations = [migrations.RunPython(part)]
