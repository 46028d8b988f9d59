"""Who hears of a finished run, how often, and by which mail."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMessage

from clients_app.models import User
from tasks_app import clock, engine, notifications, running
from tasks_app.enumerations import TaskNotification
from tasks_app.handlers.registry import Refused, Work
from tasks_app.models import AccountTask, Notification, TaskRun
from tests import factories
from tests.factories import Party
from tests.tasks_app.conftest import Told

SECOND = timedelta(seconds=1)


@pytest.fixture
def account_task(account: Party, told: Told) -> AccountTask:
    task = factories.task(name="Nightly export", handler="told")
    return factories.account_task(client=account.client, task=task, notification=TaskNotification.ALL, now=clock.now())


def fail(values: Any, work: Work) -> str:
    raise Refused("Answered 404.")


def run_once(account_task: AccountTask) -> TaskRun:
    run = factories.run(account_task, now=clock.now() - SECOND)
    running.execute.func(run.pk.hex)
    return run


def subjects() -> list[str]:
    return list(Notification.objects.order_by("pk").values_list("subject", flat=True))


@pytest.mark.parametrize(
    ("wanted", "heard"),
    [
        (TaskNotification.NONE, []),
        (TaskNotification.SUCCESS, ["succeeded", "works again"]),
        (TaskNotification.FAILURE, ["failed", "works again"]),
        (TaskNotification.ALL, ["succeeded", "failed", "works again"]),
    ],
)
def test_the_clients_user_hears_of_what_was_asked_for(
    account_task: AccountTask, told: Told, wanted: TaskNotification, heard: list[str]
) -> None:
    AccountTask.objects.update(notification=wanted)

    run_once(account_task)
    told.do, succeed = fail, told.do
    run_once(account_task)
    told.do = succeed
    run_once(account_task)

    assert subjects() == [f"Nightly export {what}" for what in heard]
    assert engine.on_their_way(engine.MAIL) == set(Notification.objects.values_list("pk", flat=True))


def test_repeats_of_a_failure_are_gathered(account_task: AccountTask, told: Told) -> None:
    told.do, succeed = fail, told.do
    for _ in range(21):
        run_once(account_task)
    told.do = succeed
    run_once(account_task)

    assert subjects() == [
        "Nightly export failed",
        "Nightly export failed 10 times in a row",
        "Nightly export failed 20 times in a row",
        "Nightly export works again",
    ]
    assert "after 21 failures in a row" in Notification.objects.latest("pk").text


def test_another_reason_is_another_failure(account_task: AccountTask, told: Told) -> None:
    told.do = fail
    run_once(account_task)

    def fail_otherwise(values: Any, work: Work) -> str:
        raise Refused("Answered 410.")

    told.do = fail_otherwise
    run_once(account_task)

    assert len(subjects()) == 2


def test_all_hears_of_cancelled_runs(account: Party, account_task: AccountTask) -> None:
    run = factories.run(account_task, now=clock.now())

    running.cancel(run, by=account.caller, now=clock.now())

    assert subjects() == ["Nightly export was cancelled"]


def test_the_text_says_what_happened_in_the_accounts_time(account: Party, account_task: AccountTask) -> None:
    account.account.time_zone = "Asia/Tokyo"
    account.account.save()

    run = run_once(account_task)

    notification = Notification.objects.get()
    assert notification.user == account.administrator
    assert notification.run == run
    assert "Nightly export of Acme succeeded." in notification.text
    assert "Done." in notification.text
    assert "JST" in notification.text
    assert str(run.pk) in notification.text


def test_a_user_who_was_switched_off_hears_nothing(account_task: AccountTask) -> None:
    User.objects.update(is_active=False)

    run_once(account_task)

    assert subjects() == []


def test_the_mail_goes_out_once(account_task: AccountTask) -> None:
    run_once(account_task)
    key = Notification.objects.get().pk

    notifications.mail.func(key.hex)
    notifications.mail.func(key.hex)

    [message] = outbox.outbox
    assert (message.to, message.subject) == (["ann@acme.example"], "Nightly export succeeded")
    assert message.extra_headers["Message-ID"] == f"<{key}@account-tasks>"
    assert Notification.objects.get().mailed_at


def test_a_mail_that_fails_is_tried_again(account_task: AccountTask, monkeypatch: pytest.MonkeyPatch) -> None:
    run_once(account_task)
    key = Notification.objects.get().pk
    broken = pytest.MonkeyPatch()
    broken.setattr(EmailMessage, "send", raising(ConnectionRefusedError()))

    notifications.mail.func(key.hex)
    waiting = Notification.objects.get()
    broken.undo()
    Notification.objects.update(mail_at=clock.now() - SECOND)
    notifications.mail.func(key.hex)

    assert (waiting.mail_attempts, waiting.mail_problem) == (1, "The mail server can't be reached.")
    assert waiting.mail_at
    assert waiting.mail_at <= clock.now() + notifications.FIRST_WAIT
    assert len(outbox.outbox) == 1
    assert Notification.objects.get().mail_problem == ""


@pytest.mark.parametrize(
    ("error", "is_final"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"no such user")}), True),
        (smtplib.SMTPRecipientsRefused({"a@b.example": (450, b"busy")}), False),
        (smtplib.SMTPDataError(554, b"spam"), True),
        (smtplib.SMTPDataError(451, b"later"), False),
        (smtplib.SMTPAuthenticationError(535, b"who?"), False),
        (smtplib.SMTPServerDisconnected(), False),
    ],
)
def test_what_the_mail_server_refuses_for_good_is_given_up(
    account_task: AccountTask, monkeypatch: pytest.MonkeyPatch, error: Exception, is_final: bool
) -> None:
    run_once(account_task)
    monkeypatch.setattr(EmailMessage, "send", raising(error))

    notifications.mail.func(Notification.objects.get().pk.hex)

    assert (Notification.objects.get().mail_at is None) == is_final


def test_after_eight_attempts_a_mail_is_given_up(account_task: AccountTask, monkeypatch: pytest.MonkeyPatch) -> None:
    run_once(account_task)
    monkeypatch.setattr(EmailMessage, "send", raising(ConnectionRefusedError()))

    for _ in range(9):
        Notification.objects.filter(mail_at__isnull=False).update(mail_at=clock.now() - SECOND)
        notifications.mail.func(Notification.objects.get().pk.hex)

    notification = Notification.objects.get()
    assert (notification.mail_attempts, notification.mail_at) == (8, None)


def test_a_mail_whose_delivery_got_lost_is_delivered_again(account_task: AccountTask) -> None:
    AccountTask.objects.update(notification=TaskNotification.NONE)
    run = run_once(account_task)
    user = account_task.client.user
    lost = Notification.objects.create(
        account=account_task.account,
        user=user,
        account_task=account_task,
        run=run,
        created_at=clock.now(),
        mail_at=clock.now() - timedelta(seconds=31),
    )

    delivered = [notifications.sweep(), notifications.sweep()]

    assert delivered == [1, 0]
    assert engine.on_their_way(engine.MAIL) == {lost.pk}


def raising(error: Exception) -> Any:
    def send(self: EmailMessage) -> int:
        raise error

    return send
