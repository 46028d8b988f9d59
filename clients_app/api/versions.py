"""Optimistic locking (RFC 9110, section 13.1.1): the version of a row as its ETag, and what If-Match asks for."""

import re

from rest_framework.request import Request

_TAG = re.compile(r'\s*(W/)?"([^"]*)"\s*')


def etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def asked_for(request: Request) -> list[int] | None:
    """The versions that If-Match takes; None if it takes any, or is absent. What is no tag of ours takes none."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    tags = [_TAG.fullmatch(tag) for tag in header.split(",")]
    return [int(tag[2]) for tag in tags if tag and not tag[1] and re.fullmatch("[0-9]{1,9}", tag[2])]
