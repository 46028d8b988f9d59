"""email_message: sends a message to users of the account."""

from collections.abc import Sequence
from typing import Any

from clients_app import mail
from clients_app.models import Account, User
from tasks_app.handlers.registry import Handler, Refused, TryAgain, Work

TO = {
    "title": "Recipients",
    "description": "E-mail addresses of users of the account.",
    "type": "array",
    "items": {"type": "string", "format": "email"},
    "minItems": 1,
    "maxItems": 100,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "To": TO,
        "Subject": {"type": "string", "minLength": 1, "maxLength": 200, "not": {"pattern": "[\\r\\n]"}},
        "Text": {"type": "string", "minLength": 1},
    },
    "required": ["To", "Subject", "Text"],
    "additionalProperties": False,
}


def run(values: dict[str, Any], work: Work) -> str:
    to = users_of(work.account_task.account, values["To"])
    send(to, values["Subject"], values["Text"], work)
    return f"Sent to {', '.join(to)}."


def users_of(account: Account, addresses: Sequence[str]) -> list[str]:
    """The addresses, if each is that of an active user of the account. Raises Refused."""
    wanted = list(dict.fromkeys(address.strip().lower() for address in addresses))
    found = set(User.objects.filter(account=account, is_active=True, email__in=wanted).values_list("email", flat=True))
    unknown = [address for address in wanted if address not in found]
    if unknown:
        raise Refused(f"To must name active users of the account; these are none: {', '.join(unknown)}.")
    return wanted


def send(to: Sequence[str], subject: str, text: str, work: Work, attachments: Sequence[mail.Attachment] = ()) -> None:
    try:
        mail.send(to=to, subject=subject, text=text, key=work.run_id, attachments=attachments)
    except mail.MailRefused as error:
        raise Refused(str(error)) from error
    except mail.MailFailed as error:
        raise TryAgain(str(error)) from error


HANDLER = Handler("email_message", "Send a message", SCHEMA, run)
