from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0004_runs_know_their_account")]

    operations = [
        migrations.RemoveIndex(model_name="taskrun", name="task_run_queued"),
        migrations.RemoveIndex(model_name="taskrun", name="task_run_leased"),
        migrations.AddIndex(
            model_name="taskrun",
            index=models.Index(
                fields=["next_attempt_at"], name="task_run_queued", condition=Q(next_attempt_at__isnull=False)
            ),
        ),
        migrations.AddIndex(
            model_name="taskrun",
            index=models.Index(
                fields=["leased_until"], name="task_run_leased", condition=Q(leased_until__isnull=False)
            ),
        ),
    ]
