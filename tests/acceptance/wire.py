"""
One recorded exchange of the wire: the bytes of its request, and what its answer must be.

A vector is a line of wire_vectors.jsonl: `method`, `path`, `headers`, a `body` (text, or `body_pieces` to be repeated)
in an `encoding`, and what is expected: `status`, `type`, `charset`, `code`, `names` in the reason, members of `detail`,
`root` of the XML, a method that Allow names. {task} stands for the GUID of the task, {task:N} and the like for its
other forms, {token} for a bearer token.
"""

import json
import re
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any
from urllib.parse import quote
from uuid import UUID
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

Vector = dict[str, Any]

MEMBERS = (
    "ID", "TaskID", "Name", "Enabled", "Frequency", "StartDate", "FinishDate", "Parameters", "ContentType",
    "Notification", "DateCreated", "DateModified", "LastRunOn", "LastRunBy", "LastModifiedBy", "Status", "ClientID",
)  # fmt: skip
DATES = {"StartDate", "FinishDate", "DateCreated", "DateModified", "LastRunOn"}
OF_A_NEW_ONE = {"Enabled": True, "LastRunOn": None, "LastRunBy": None, "Status": "PENDING"}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?\+00:00")
XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
ROOT = '<{} xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{}</{}>'


def filled(value: Any, task: UUID, token: str) -> Any:
    """The value with what its placeholders stand for; texts in pieces are put together."""
    if isinstance(value, dict):
        return {name: filled(inner, task, token) for name, inner in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], list) and isinstance(value[0][1], int):
        return filled("".join(text * times for text, times in value), task, token)
    if isinstance(value, list):
        return [filled(inner, task, token) for inner in value]
    if not isinstance(value, str):
        return value
    parts = ",".join(f"0x{byte:02x}" for byte in task.bytes[8:])
    forms = {
        "": str(task),
        "UPPER": str(task).upper(),
        "N": task.hex,
        "B": f"{{{task}}}",
        "P": f"({task})",
        "X": f"{{0x{task.hex[:8]},0x{task.hex[8:12]},0x{task.hex[12:16]},{{{parts}}}}}",
    }

    def form(found: re.Match[str]) -> str:
        text = forms[found[1] or ""]
        return quote(text, safe="") if found[2] else text

    return re.sub(r"\{task(?::([A-Z]+))?(%)?\}", form, value).replace("{token}", token)


def body_of(vector: Vector) -> str:
    return str(vector.get("body_pieces", vector.get("body", "")))


def request_bytes(vector: Vector, token: str) -> bytes:
    body = body_of(vector).encode(vector.get("encoding", "utf-8"))
    headers = [("Host", "localhost"), ("Connection", "close"), *vector["headers"]]
    names = {name.lower() for name, _ in headers}
    if vector.get("authenticate", True) and "authorization" not in names:
        headers.append(("Authorization", f"Bearer {token}"))
    if "transfer-encoding" in names:
        body = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    elif body or vector["method"] in ("POST", "PUT", "PATCH"):
        headers.append(("Content-Length", str(len(body))))
    lines = [f"{vector['method']} {vector['path']} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def differences(vector: Vector, response: HTTPResponse, body: bytes) -> Iterator[str]:
    """What is not as the vector says, or not written as every answer has to be."""
    wanted = vector["expect"]
    if response.status != wanted["status"]:
        yield f"status {response.status}, wanted {wanted['status']}: {body[:300]!r}"
        return
    charsets = wanted.get("charset", "utf-8")
    content_type, _, charset = response.getheader("Content-Type", "").partition("; charset=")
    if content_type != wanted["type"] or charset not in ([charsets] if isinstance(charsets, str) else charsets):
        yield f"Content-Type {response.getheader('Content-Type')}"
        return
    if charset == "utf-16" and not body.startswith(b"\xff\xfe"):
        yield "UTF-16 without its byte order mark"
    text = body.decode(charset)
    read = read_xml if "xml" in content_type else read_json
    failure, detail = read(text, wanted.get("root", "ResponseOfAccountTaskResponse"))
    if failure:
        yield from wrong_failure(vector, failure)
    else:
        yield from wrong_detail(vector, response, detail)
    if wanted["status"] == 401 and response.getheader("WWW-Authenticate") != "Bearer":
        yield "no challenge"
    if "allow" in wanted and wanted["allow"] not in response.getheader("Allow", ""):
        yield f"Allow {response.getheader('Allow')}"


def wrong_failure(vector: Vector, failure: dict[str, str]) -> Iterator[str]:
    codes = vector["expect"].get("code", [])
    code, reason = failure["ErrorCode"], failure["ErrorReason"]
    if code not in ([codes] if isinstance(codes, str) else codes):
        yield f"{code}: {reason}"
    if code == "INVALID_REQUEST":
        yield from (f"{name} not in {reason}" for name in vector["expect"].get("names", []) if name not in reason)
    body = body_of(vector)
    if any(reason[start : start + 101] in body for start in range(len(reason) - 100)):
        yield "the reason echoes the request"


def wrong_detail(vector: Vector, response: HTTPResponse, detail: dict[str, Any]) -> Iterator[str]:
    if tuple(detail) != MEMBERS:
        yield f"members {list(detail)}"
        return
    for name, value in (OF_A_NEW_ONE | vector["expect"]["detail"]).items():
        if detail[name] != value:
            yield f"{name} is {str(detail[name])[:80]!r}, wanted {str(value)[:80]!r}"
    yield from (f"{name} is {detail[name]}" for name in DATES if detail[name] and not DATE.fullmatch(detail[name]))
    if response.getheader("Location") != f"/api/v2/admin/tasks/account/{detail['ID']}":
        yield f"Location {response.getheader('Location')}"


def read_json(text: str, root: str) -> tuple[dict[str, str] | None, dict[str, Any]]:
    """Error and Detail. The text must be what a compact writer that escapes no more than it must makes of it."""
    document = json.loads(text)
    again = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character in "\x85\u2028\u2029":
        again = again.replace(character, f"\\u{ord(character):04x}")
    assert text == again
    assert list(document) == ["Error", "ResponseData"]
    if document["Error"]:
        assert document["ResponseData"] is None
        return document["Error"], {}
    assert list(document["ResponseData"]) == ["Identification", "Result", "Detail"]
    return None, document["ResponseData"]["Detail"]


def read_xml(text: str, root: str) -> tuple[dict[str, str] | None, dict[str, Any]]:
    """The same of an XML answer, written as .NET's serializer writes it."""
    document = ElementTree.fromstring(text)  # noqa: S314 (our own answer)
    assert text == ROOT.format(root, "".join(map(written, document)), root)
    (outer,) = document
    if outer.tag == "Error":
        assert [child.tag for child in outer] == ["ErrorCode", "ErrorReason"]
        return {child.tag: child.text or "" for child in outer}, {}
    assert [child.tag for child in outer] == ["Result", "Identification", "Detail"]
    nil = {child.tag for child in outer[2] if child.get(XSI_NIL)}
    assert nil <= DATES
    present = {child.tag: None if child.tag in nil else child.text or "" for child in outer[2]}
    absent = {"LastRunBy", "LastModifiedBy"} - present.keys()
    members = {name: present.get(name) for name in MEMBERS if name in present or name in absent}
    return None, members | {"Enabled": {"true": True, "false": False}.get(members["Enabled"] or "")}


def written(element: Element) -> str:
    if element.get(XSI_NIL) == "true":
        return f'<{element.tag} xsi:nil="true" />'
    text = (element.text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    inner = text + "".join(map(written, element))
    return f"<{element.tag}>{inner}</{element.tag}>" if inner else f"<{element.tag} />"
