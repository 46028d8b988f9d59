"""
The floor: what the work costs without any framework. A bare WSGI application; one statement finds caller and task,
one inserts.

What the product does besides: limits of calls by the minute, Idempotency-Key, the strictness of its bodies and their
many spellings of GUIDs, dates and names, all problems said at once, the parameters read and checked against the task's
schema, the text that searches look into, the next run in the account's time zone, an audit entry with an index of its
own, nine indexes and six constraints of the row, ETag and the headers of security, a dispatcher and a worker beside it.
"""

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from tests.benchmarks.peers import rows, statements, wire
from tests.benchmarks.peers.statements import AccountTask

FREQUENCIES = {"NONE", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY"}
NOTIFICATIONS = {"NONE", "SUCCESS", "FAILURE", "ALL"}
PATH = "/api/v2/admin/tasks/account"
REASONS = {201: "Created", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}

database = statements.connected(os.environ["DATABASE_URL"])


class Refused(Exception):
    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason = status, code, reason


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    try:
        status, envelope = 201, register(environ)
    except Refused as error:
        status, envelope = error.status, wire.failure(error.code, error.reason)
    body, content_type = wire.written(envelope, environ.get("HTTP_ACCEPT", ""))
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start_response(f"{status} {REASONS[status]}", headers)
    return [body]


def register(environ: dict[str, Any]) -> dict[str, Any]:
    if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] != PATH:
        raise Refused(404, "NOT_FOUND", "There is nothing at this address.")
    values = checked(_members(environ))
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme != "Bearer":
        raise Refused(401, "UNAUTHENTICATED", "The access token is missing.")
    now = datetime.now(UTC)
    with database.executing() as execute:
        caller = statements.caller(execute, digest=rows.digest(token), task_id=values["task_id"], now=now)
        if caller is None:
            raise Refused(401, "UNAUTHENTICATED", "The access token is unknown, expired or revoked.")
        if caller.task_name is None:
            raise Refused(404, "TASK_NOT_FOUND", "TaskID is not in the catalogue of tasks.")
        row = AccountTask(uuid7(), caller.account_id, caller.client_id, now, now, caller.email, **values)
        statements.insert(execute, row)
    return wire.success(wire.detail(row, caller.task_name), caller.user_id)


def checked(members: Any) -> dict[str, Any]:
    """The columns that come from the body. Raises Refused with the first member that is wrong."""
    if not isinstance(members, dict):
        raise Refused(400, "INVALID_REQUEST", "The body must be an AccountTaskRequest.")
    try:
        values = {
            "task_id": UUID(members["TaskID"]),
            "frequency": members["Frequency"],
            "start_at": _moment(members.get("StartDate")),
            "finish_at": _moment(members.get("FinishDate")),
            "parameters": members["Parameters"],
            "content_type": members["ContentType"],
            "notification": members.get("Notification", "NONE"),
        }
    except KeyError as error:
        raise Refused(400, "INVALID_REQUEST", f"{error.args[0]} is required.") from None
    except (AttributeError, TypeError, ValueError):
        raise Refused(400, "INVALID_REQUEST", "A GUID or a date is wrong.") from None
    if values["frequency"] not in FREQUENCIES or values["notification"] not in NOTIFICATIONS:
        raise Refused(400, "INVALID_REQUEST", "Frequency or Notification is not one of its names.")
    if values["content_type"] not in (wire.JSON, wire.XML) or not isinstance(values["parameters"], str):
        raise Refused(400, "INVALID_REQUEST", "Parameters must be a text of JSON or XML.")
    if values["start_at"] and values["finish_at"] and values["finish_at"] < values["start_at"]:
        raise Refused(400, "INVALID_REQUEST", "FinishDate must not be before StartDate.")
    return values


def _members(environ: dict[str, Any]) -> Any:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        return wire.members(body, environ.get("CONTENT_TYPE", ""))
    except wire.MALFORMED:
        raise Refused(400, "MALFORMED_BODY", "The body is not well-formed.") from None


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
