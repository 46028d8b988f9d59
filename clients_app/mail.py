"""E-mail: the one function that sends it."""

import smtplib
from collections.abc import Sequence
from uuid import UUID

from django.core.mail import EmailMessage

from clients_app import tracing

Attachment = tuple[str, str, str]
"""File name, content, media type."""


class MailFailed(Exception):
    """A later attempt may succeed."""


class MailRefused(Exception):
    """The mail server will never take this message, or nobody at these addresses."""


def send(*, to: Sequence[str], subject: str, text: str, key: UUID, attachments: Sequence[Attachment] = ()) -> None:
    """
    One message to all of them. key: in its Message-ID, so that a repeat can be told from another message.

    Raises MailFailed and MailRefused.
    """
    headers = {"Message-ID": f"<{key}@account-tasks>", "Auto-Submitted": "auto-generated"}
    subject = " ".join(subject.split())  # a line break would end the header
    message = EmailMessage(subject=subject, body=text, to=list(to), headers=headers, attachments=list(attachments))
    try:
        with tracing.span("mail", kind="client"):
            message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        raise (MailRefused if min(codes) >= 500 else MailFailed)("The mail server refuses the recipients.") from error
    except smtplib.SMTPAuthenticationError as error:  # the operators' mistake, which they will mend
        raise MailFailed("The mail server refuses the service.") from error
    except smtplib.SMTPResponseException as error:
        problem = f"The mail server answered {error.smtp_code}."
        raise (MailRefused if error.smtp_code >= 500 else MailFailed)(problem) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailFailed("The mail server can't be reached.") from error
