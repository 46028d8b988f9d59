"""The one shape that every answer of the API has, as plain dicts in the order of the members."""

from typing import Any

Document = dict[str, Any]

# XmlSerializer writes the members of a base class first, Json.NET those of the class itself.
XML_ORDER = ("Result", "Identification", "Detail")


def success(detail: Any, user_id: object) -> Document:
    """detail: what was asked for; user_id: the user on whose behalf the call was made."""
    return {
        "Error": None,
        "ResponseData": {"Identification": {"UserId": str(user_id)}, "Result": "Success", "Detail": detail},
    }


def failure(code: str, reason: str) -> Document:
    """code: an ErrorCode; reason: one sentence for people."""
    return {"Error": {"ErrorCode": code, "ErrorReason": reason}, "ResponseData": None}


def in_xml_order(document: Document) -> Document:
    """The same envelope with its members as they follow each other in XML."""
    data = document["ResponseData"]
    if data is None:
        return document
    return document | {"ResponseData": {name: data[name] for name in XML_ORDER}}
