import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery


def fill_account(apps, schema_editor):
    owner = apps.get_model("tasks_app", "AccountTask").objects.filter(pk=OuterRef("account_task"))
    apps.get_model("tasks_app", "TaskRun").objects.update(account_id=Subquery(owner.values("account_id")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("clients_app", "0003_rotation_and_idempotency"),
        ("tasks_app", "0003_versions_and_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="taskrun",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clients_app.account",
            ),
        ),
        migrations.RunPython(fill_account, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="taskrun",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clients_app.account",
            ),
        ),
        migrations.AddIndex(
            model_name="taskrun",
            index=models.Index(fields=["account", "-created_at", "-id", "state", "slots"], name="task_run_of_account"),
        ),
        migrations.RemoveIndex(model_name="accounttask", name="account_task_by_next_run"),
        migrations.AddIndex(
            model_name="accounttask",
            index=models.Index(
                fields=["account", "next_run_at", "id", "frequency", "finish_at"], name="account_task_by_next_run"
            ),
        ),
        migrations.AddIndex(
            model_name="accounttask",
            index=models.Index(
                condition=Q(deleted_at__isnull=True, status="FAILED"),
                fields=["account", "-last_run_at", "-id"],
                name="account_task_failing",
            ),
        ),
    ]
