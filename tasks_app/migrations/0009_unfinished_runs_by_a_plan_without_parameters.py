from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0008_indexes_that_others_hold")]

    operations = [
        migrations.RemoveIndex(model_name="taskrun", name="task_run_unfinished"),
        migrations.AddIndex(
            model_name="taskrun",
            index=models.Index(
                fields=["account_task"], name="task_run_unfinished", condition=Q(finished_at__isnull=True)
            ),
        ),
    ]
