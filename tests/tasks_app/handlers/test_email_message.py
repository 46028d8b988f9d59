"""email_message: to users of the account alone."""

import pytest
from django.core import mail as outbox
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage

from clients_app.models import User
from tasks_app import parameters
from tasks_app.enumerations import ContentType
from tasks_app.handlers import email_message
from tasks_app.handlers.registry import Refused, TryAgain
from tests import factories
from tests.factories import Party
from tests.tasks_app.handlers.conftest import Run

ANN = "ann@acme.example"


def test_it_goes_to_the_users_of_the_account_once(perform: Run, account: Party) -> None:
    factories.user(account=account.account, email="rob@acme.example")

    summary, work = perform(
        "email_message", To=["ANN@acme.example", "rob@acme.example", ANN], Subject="Hi", Text="There"
    )

    [message] = outbox.outbox
    assert summary == "Sent to ann@acme.example, rob@acme.example."
    assert (message.to, message.subject, message.body) == ([ANN, "rob@acme.example"], "Hi", "There")
    assert message.extra_headers["Message-ID"] == f"<{work.run_id}@account-tasks>"


def test_nobody_else_is_written_to(perform: Run, neighbour: Party) -> None:
    with pytest.raises(Refused, match=r"ann@neighbour\.example, x@y\.example"):
        perform("email_message", To=[ANN, "ann@neighbour.example", "x@y.example"], Subject="Hi", Text="There")

    assert outbox.outbox == []


@pytest.mark.parametrize("subject", ["Hi\n", "Hi\r\nBcc: x@y.example", ""])
def test_a_subject_is_one_line(subject: str) -> None:
    asked = parameters.Parameters("", ContentType.JSON, {"To": [ANN], "Subject": subject, "Text": "There"})

    with pytest.raises(ValidationError):
        asked.check(email_message.SCHEMA)


def test_a_line_break_that_gets_into_a_subject_all_the_same_is_a_blank(perform: Run) -> None:
    perform("email_message", To=[ANN], Subject="Hi\nBcc: x@y.example", Text="There")

    assert outbox.outbox[0].subject == "Hi Bcc: x@y.example"
    assert outbox.outbox[0].recipients() == [ANN]


def test_a_user_who_was_switched_off_is_nobody(perform: Run) -> None:
    User.objects.update(is_active=False)

    with pytest.raises(Refused):
        perform("email_message", To=[ANN], Subject="Hi", Text="There")


def test_a_mail_server_that_is_down_is_tried_again(perform: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def send(self: EmailMessage) -> int:
        raise TimeoutError

    monkeypatch.setattr(EmailMessage, "send", send)

    with pytest.raises(TryAgain, match="can't be reached"):
        perform("email_message", To=[ANN], Subject="Hi", Text="There")
