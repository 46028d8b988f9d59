"""A month of runs can be dropped only if no constraint has to look for its rows in other tables."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0010_account_tasks_lock_no_account")]

    operations = [
        migrations.AlterField(
            model_name="attempt",
            name="run",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tries",
                to="tasks_app.taskrun",
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="run",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="tasks_app.taskrun",
            ),
        ),
        migrations.AlterField(
            model_name="taskrun",
            name="retry_of",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="retries",
                to="tasks_app.taskrun",
            ),
        ),
    ]
