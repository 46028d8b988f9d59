"""
Notifications: who hears of a finished run, and how. A row for the inbox is written in the transaction that ends the
run; its e-mail goes out afterwards, and again if that fails.
"""

import random
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F
from django.template.loader import render_to_string
from django_tasks import task

from clients_app import mail as post
from tasks_app import clock, engine
from tasks_app.enumerations import TaskNotification
from tasks_app.models import AccountTask, Notification, TaskRun
from tasks_app.models.notification import NotificationQuerySet
from tasks_app.models.task_run import State

EACH: Final = 10  # of failures that repeat themselves the first is told, then each tenth
MOST_ATTEMPTS: Final = 8
FIRST_WAIT: Final = timedelta(seconds=15)
AT_WORK: Final = timedelta(minutes=5)  # how long sending may take before somebody else tries
LOST_AFTER: Final = timedelta(seconds=30)

ON_SUCCESS = (TaskNotification.SUCCESS, TaskNotification.ALL)
ON_FAILURE = (TaskNotification.FAILURE, TaskNotification.ALL)


def tell(run: TaskRun, *, now: datetime) -> None:
    """
    Write to the client's user, if the account task asks for it. Part of the transaction that ends the run.

    FAILURE and ALL: the first failure, each tenth with the same reason in a row, and the success that ends them.
    SUCCESS and ALL: each success. ALL: each cancelled run.
    """
    account_task, wanted = run.account_task, TaskNotification(run.account_task.notification)
    failures = _counted(run, account_task)
    is_wanted = {
        State.FAILED: wanted in ON_FAILURE and (failures == 1 or failures % EACH == 0),
        State.SUCCEEDED: wanted in ON_SUCCESS or (wanted in ON_FAILURE and failures > 0),
        State.CANCELLED: wanted == TaskNotification.ALL,
    }[State(run.state)]
    if not is_wanted or not account_task.client.user.is_active:
        return
    facts = {"run": run, "account_task": account_task, "account": account_task.account, "failures": failures}
    notification = Notification.objects.create(
        account=account_task.account,
        user=account_task.client.user,
        account_task=account_task,
        run=run,
        subject=render_to_string("emails/run_finished_subject.txt", facts).strip(),
        text=render_to_string("emails/run_finished_body.txt", facts).strip() + "\n",
        created_at=now,
        mail_at=now,
    )
    engine.deliver(engine.MAIL, [notification.pk], at=now)


@task()
def mail(notification_id: str) -> None:
    """Send the e-mail of a notification if it is to be sent by now."""
    waiting = Notification.objects.to_mail().filter(pk=UUID(notification_id))
    if not waiting.update(mail_at=clock.NOW + AT_WORK, mail_attempts=F("mail_attempts") + 1):
        return
    notification = Notification.objects.select_related("user").get(pk=UUID(notification_id))
    try:
        post.send(
            to=[notification.user.email], subject=notification.subject, text=notification.text, key=notification.pk
        )
    except post.MailRefused as error:
        notification.mail_problem, notification.mail_at = str(error), None
    except post.MailFailed as error:
        notification.mail_problem = str(error)
        chance = random.random()  # noqa: S311 (jitter)
        wait = chance * FIRST_WAIT * 4 ** (notification.mail_attempts - 1)
        notification.mail_at = clock.now() + wait if notification.mail_attempts < MOST_ATTEMPTS else None
    else:
        notification.mailed_at, notification.mail_at, notification.mail_problem = clock.now(), None, ""
    notification.save(update_fields=["mail_problem", "mail_at", "mailed_at"])
    if notification.mail_at:
        engine.deliver(engine.MAIL, [notification.pk], at=notification.mail_at)


def mark_read(among: NotificationQuerySet, *, now: datetime) -> int:
    """
    Those of them that were unread are read from now on. How many there were. It changes nothing of the account, and so
    leaves no audit entry.
    """
    return among.unread().update(read_at=now)


def mark_unread(among: NotificationQuerySet, *, read_at: datetime) -> int:
    """Take back what `mark_read` did at that moment. How many there were."""
    return among.filter(read_at=read_at).update(read_at=None)


def sweep() -> int:
    """Deliver again what should have been mailed and is nowhere on its way. How many there were."""
    overdue = Notification.objects.filter(mail_at__lt=clock.NOW - LOST_AFTER)
    waiting = set(overdue.values_list("pk", flat=True))
    lost = waiting - engine.on_their_way(engine.MAIL) if waiting else set()
    engine.deliver(engine.MAIL, lost, at=clock.now())
    return len(lost)


def _counted(run: TaskRun, account_task: AccountTask) -> int:
    """The number of failures for the same reason in a row: with this one, or up to the success that ends them."""
    before = account_task.failures_in_a_row
    if run.state == State.FAILED:
        reason = run.summary[:200]
        failures = before + 1 if reason == account_task.last_failure else 1
        AccountTask.objects.filter(pk=account_task.pk).update(failures_in_a_row=failures, last_failure=reason)
        return failures
    if run.state == State.SUCCEEDED and before:
        AccountTask.objects.filter(pk=account_task.pk).update(failures_in_a_row=0, last_failure="")
    return before
