"""
The bodies of peers: an XML element to a dict of its members, the envelope to JSON or to an element. For peers whose
libraries bring no XML.
"""

import json
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring

JSON = "application/json"
XML = "application/xml"
ROOT = "GenericResponse"
MALFORMED = (ValueError, SyntaxError)  # what reading may raise


def members(body: bytes, content_type: str) -> Any:
    """What was sent, in the format that Content-Type names. Raises one of MALFORMED."""
    if is_xml(content_type):
        return {child.tag: child.text or "" for child in fromstring(body, forbid_dtd=True)}
    return json.loads(body)


def is_xml(media_type: str) -> bool:
    return media_type.startswith(XML)


def success(detail: dict[str, Any], user_id: object) -> dict[str, Any]:
    identification = {"UserId": str(user_id)}
    return {
        "Error": None,
        "ResponseData": {"Identification": identification, "Result": "Success", "Detail": detail},
    }


def failure(code: str, reason: str) -> dict[str, Any]:
    return {"Error": {"ErrorCode": code, "ErrorReason": reason}, "ResponseData": None}


def detail(row: Any, task_name: str) -> dict[str, Any]:
    """row: an account task with the names of the columns."""
    return {
        "ID": str(row.id),
        "TaskID": str(row.task_id),
        "Name": task_name,
        "Enabled": row.is_enabled,
        "Frequency": row.frequency,
        "StartDate": _moment(row.start_at),
        "FinishDate": _moment(row.finish_at),
        "Parameters": row.parameters,
        "ContentType": row.content_type,
        "Notification": row.notification,
        "DateCreated": _moment(row.created_at),
        "DateModified": _moment(row.modified_at),
        "LastRunOn": None,
        "LastRunBy": None,
        "LastModifiedBy": row.modified_by,
        "Status": row.status,
        "ClientID": str(row.client_id),
    }


def written(envelope: dict[str, Any], accept: str) -> tuple[bytes, str]:
    """The body, and its Content-Type."""
    if is_xml(accept):
        return f"<{ROOT}>{_elements(envelope)}</{ROOT}>".encode(), f"{XML}; charset=utf-8"
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode(), f"{JSON}; charset=utf-8"


def _elements(members: dict[str, Any]) -> str:
    return "".join(f"<{name}>{_content(value)}</{name}>" for name, value in members.items() if value is not None)


def _content(value: Any) -> str:
    if isinstance(value, dict):
        return _elements(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
