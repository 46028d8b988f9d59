"""
django-celery-beat. As a command, with a number: that many schedules in an empty database, each an hour overdue. Celery
finds the application here.
"""

import os
import sys
from datetime import timedelta

import django
from celery import Celery

app = Celery("beat", broker=os.environ["BROKER_URL"])
app.conf.update(timezone="UTC", enable_utc=True, broker_connection_retry_on_startup=True)


def seed(count: int) -> None:
    django.setup()
    from django.core.management import call_command
    from django.utils import timezone
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    call_command("migrate", verbosity=0)
    hourly = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
    last = timezone.now() - timedelta(hours=2)
    tasks = (
        PeriodicTask(name=str(number), task="nothing", interval=hourly, last_run_at=last) for number in range(count)
    )
    PeriodicTask.objects.bulk_create(tasks, batch_size=2_000)


if __name__ == "__main__":
    seed(int(sys.argv[1]))
