"""
Letters to users, with a link each. A worker writes and sends them: the time that an answer takes must not tell who
exists, and a mail server may hang. The link is made when the letter is sent, so that no secret lies in the queue. A
letter whose worker dies on the way is lost, and is asked for again by whoever waits for it.
"""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone
from django_tasks import task

from clients_app import mail
from clients_app.links import LINKS, Link
from clients_app.models import User
from clients_app.models.keys import new_key

log = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 6
FIRST_WAIT: Final = timedelta(seconds=15)  # four times as long after each attempt: the last one comes after 85 minutes


def order(link: Link, user_id: UUID, *, origin: str) -> None:
    """
    Have a worker send it, as part of the transaction that this is called in. An ID that nobody has costs the same.
    origin: what links begin with, such as https://tasks.example.org.
    """
    send.enqueue(link.kind, user_id.hex, origin)


@task()
def send(kind: str, user_id: str, origin: str, attempt: int = 1) -> None:
    """Send the letter if it is for that user still; if the mail server can't be reached, try again later."""
    link = LINKS[kind]
    user = User.objects.filter(pk=UUID(user_id)).select_related("account").first()
    if user is None or not link.is_for(user):
        return
    facts = {"user": user, "account": user.account, "address": origin + link.address(user), "days": link.lifetime.days}
    subject, text = (render_to_string(f"emails/{kind}_{part}.txt", facts).strip() for part in ("subject", "body"))
    try:
        mail.send(to=[user.email], subject=subject, text=f"{text}\n", key=new_key())
    except mail.MailFailed as error:
        log.warning("letter %s to user %s was not sent: %s", kind, user_id, error)
        if attempt < MOST_ATTEMPTS:
            later = timezone.now() + FIRST_WAIT * 4 ** (attempt - 1)
            send.using(run_after=later).enqueue(kind, user_id, origin, attempt + 1)
    except mail.MailRefused as error:
        log.warning("letter %s to user %s will never be sent: %s", kind, user_id, error)
