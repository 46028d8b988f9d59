"""
A plainer road for what integrations send and get all the time: an AccountTaskRequest whose members are written as our
own answers write them, and an AccountTaskResponse. Whatever is written otherwise, or wrong, is left to the serializer,
which takes ten times as long.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID
from xml.etree import ElementTree

from django.core.exceptions import ValidationError

from clients_app.api.values import write_moment
from clients_app.documents import UNFIT
from tasks_app import parameters
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask
from tasks_app.registration import AskedOfTask
from tasks_app.schedules import Schedule

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)", re.ASCII)
_FREQUENCIES: Final = dict(Frequency.__members__)
_NOTIFICATIONS: Final = dict(TaskNotification.__members__)
_FREQUENCY_NAMES: Final = {int(each): each.name for each in Frequency}
_NOTIFICATION_NAMES: Final = {int(each): each.name for each in TaskNotification}
_CONTENT_TYPES: Final = {each.value: each for each in ContentType}

_ROOT: Final = "AccountTaskRequest"
_DECLARATION: Final = re.compile(rb'<\?xml version="1\.0"(?: encoding="[Uu][Tt][Ff]-8")? ?\?>\s*')

NAMES: Final = frozenset(
    {"TaskID", "Frequency", "StartDate", "FinishDate", "Parameters", "ContentType", "Notification"}
)


class _Otherwise(Exception):
    """The serializer has to judge."""


def members_of(body: bytes, media_type: str) -> dict[str, Any] | None:
    """The members of a body, for `read`; None if it is written in another way. media_type: without parameters."""
    members = _of_xml(body) if media_type == "application/xml" else _of_json(body)
    return members if members is not None and NAMES.issuperset(members) else None


def read(data: Mapping[str, Any]) -> AskedOfTask | None:
    """What `AccountTaskRequest(data=data)` has as its validated data; None where the serializer has to judge."""
    try:
        text, content_type = _text(data, "Parameters"), _CONTENT_TYPES[data["ContentType"]]
        frequency = _FREQUENCIES[data["Frequency"]]
        return {
            "task_id": _guid(data["TaskID"]),
            "notification": _NOTIFICATIONS[data.get("Notification", "NONE")],
            "schedule": Schedule(frequency, _moment(data, "StartDate"), _moment(data, "FinishDate")),
            "parameters": parameters.read(text, content_type),
        }
    except (_Otherwise, KeyError, TypeError, ValueError, OverflowError, ValidationError):
        return None


def detail(row: AccountTask) -> dict[str, Any]:
    """The row as `AccountTaskResponse(row).data` has it."""
    return {
        "ID": str(row.pk),
        "TaskID": str(row.task_id),
        "Name": row.task.name,
        "Enabled": row.is_enabled,
        "Frequency": _FREQUENCY_NAMES[row.frequency],
        "StartDate": _written(row.start_at),
        "FinishDate": _written(row.finish_at),
        "Parameters": row.parameters,
        "ContentType": str(row.content_type),
        "Notification": _NOTIFICATION_NAMES[row.notification],
        "DateCreated": _written(row.created_at),
        "DateModified": _written(row.modified_at),
        "LastRunOn": _written(row.last_run_at),
        "LastRunBy": row.last_run_by,
        "LastModifiedBy": row.modified_by,
        "Status": str(row.status),
        "ClientID": str(row.client_id),
    }


def _of_json(body: bytes) -> dict[str, Any] | None:
    """Members of nothing but texts and null, under the names of the wire."""
    try:
        members = json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
    return members if type(members) is dict else None


def _of_xml(body: bytes) -> dict[str, Any] | None:
    """Plain elements, each once; nothing that begins with `<!` or, but for the declaration, with `<?`."""
    body = _DECLARATION.sub(b"", body, count=1) if body.startswith(b"<?xml") else body
    if b"<!" in body or b"<?" in body:
        return None
    try:
        root = ElementTree.fromstring(body.decode())  # noqa: S314 (there is no DOCTYPE in it)
    except (ValueError, ElementTree.ParseError):
        return None
    members = {child.tag: child.text or "" for child in root}
    is_plain = root.tag == _ROOT and not root.attrib and len(members) == len(root)
    if not is_plain or any(len(child) or child.attrib for child in root):
        return None
    return members


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else write_moment(moment)


def _text(data: Mapping[str, Any], name: str) -> str:
    text = data.get(name)
    if type(text) is not str or UNFIT.search(text):
        raise _Otherwise
    return text


@lru_cache(maxsize=1_000)  # of tasks, of which there are few
def _guid(text: str) -> UUID:
    if not _GUID.fullmatch(text):
        raise _Otherwise
    return UUID(text)


def _moment(data: Mapping[str, Any], name: str) -> datetime | None:
    text = data.get(name)
    return None if text is None else _moment_of(text)


@lru_cache(maxsize=1_000)  # the tasks of one integration mostly begin and end at the same moments
def _moment_of(text: Any) -> datetime:
    if type(text) is not str or not _MOMENT.fullmatch(text):
        raise _Otherwise
    return datetime.fromisoformat(text).astimezone(UTC)
