"""http_request: calls a URL, signed in the manner of Standard Webhooks with the account's signing secret."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from clients_app import secrets
from clients_app.models import Account
from tasks_app import outbound
from tasks_app.handlers.registry import Handler, Refused, TryAgain, Work

TRY_LATER = (408, 425, 429)  # of the answers from 400 on, and all from 500 on

# The service sets these itself. Patterns of JSON Schema have no flag for "in any case".
OWN = ("host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "expect", "trailer")
_OWN = "|".join("".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in name) for name in OWN)

SCHEMA = {
    "type": "object",
    "properties": {
        "Url": {
            "title": "URL",
            "description": "What is called: an address that begins with https:// or http://.",
            "type": "string",
            "format": "uri",
            "maxLength": 2000,
            "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s]+$",
        },
        "Method": {
            "description": "Without it POST if there is a body, else GET.",
            "enum": ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"],
        },
        "Headers": {
            "description": "Go along with the call, beside those that sign it.",
            "type": "object",
            "maxProperties": 50,
            "propertyNames": {
                "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
                "not": {"pattern": f"^({_OWN}|[Pp][Rr][Oo][Xx][Yy]-.*|[Ww][Ee][Bb][Hh][Oo][Oo][Kk]-.*)$"},
            },
            "additionalProperties": {"type": "string", "pattern": "^[\\t\\u0020-\\u007e\\u0080-\\u00ff]*$"},
        },
        "Body": {"description": "What is sent; give its Content-Type in the headers.", "type": "string"},
    },
    "required": ["Url"],
    "additionalProperties": False,
}


def run(values: dict[str, Any], work: Work) -> str:
    """Method is POST where there is a Body, else GET. Redirects are not followed."""
    body = values.get("Body", "")
    method = values.get("Method") or ("POST" if body else "GET")
    headers = values.get("Headers", {}) | _signature(work, body)
    try:
        answer = outbound.send(method, values["Url"], headers=headers, body=body.encode())
    except outbound.Forbidden as error:
        raise Refused(_sentence(error)) from error
    except outbound.Unreachable as error:
        raise TryAgain(_sentence(error)) from error
    work.log(f"{method} answered {answer.status}, {len(answer.body)} bytes")
    if answer.body:
        work.log(answer.body.decode(errors="replace"))
    if 200 <= answer.status < 300:
        return f"Answered {answer.status}."
    if answer.status in TRY_LATER or answer.status >= 500:
        raise TryAgain(f"Answered {answer.status}.", after=_wait(answer.headers.get("retry-after", ""), work))
    if 300 <= answer.status < 400:
        raise Refused(f"Answered {answer.status}, and redirects are not followed.")
    raise Refused(f"Answered {answer.status}.")


def _signature(work: Work, body: str) -> dict[str, str]:
    signatures = [
        Webhook(secret).sign(str(work.run_id), work.started_at, body) for secret in _secrets(work.account_task.account)
    ]
    return {
        "webhook-id": str(work.run_id),
        "webhook-timestamp": str(int(work.started_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _secrets(account: Account) -> list[str]:
    """Two while the account changes over from one to the other."""
    stored = (account.signing_secret, account.previous_signing_secret)
    return [secrets.decrypt(secret) for secret in stored if secret]


def _wait(retry_after: str, work: Work) -> timedelta:
    """Retry-After: seconds or a date (RFC 9110, 10.2.3); zero if it is neither."""
    if retry_after.isdecimal() and len(retry_after) < 9:
        return timedelta(seconds=int(retry_after))
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return timedelta(0)
    return max(timedelta(0), moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC))


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


HANDLER = Handler("http_request", "Call a URL", SCHEMA, run)
