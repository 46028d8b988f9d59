import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0013_what_has_no_next_run_has_an_index")]

    operations = [
        migrations.AlterField(
            model_name="accounttask",
            name="task",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="account_tasks",
                to="tasks_app.task",
            ),
        ),
    ]
