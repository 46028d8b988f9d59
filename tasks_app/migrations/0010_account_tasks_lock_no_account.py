import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0009_unfinished_runs_by_a_plan_without_parameters")]

    operations = [
        migrations.AlterField(
            model_name="accounttask",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="account_tasks",
                to="clients_app.account",
            ),
        ),
    ]
