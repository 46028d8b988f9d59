"""What each candidate must answer before it is measured: all do the same work, or the figures mean nothing."""

import json
from xml.etree import ElementTree

from tests.benchmarks.candidates import Candidate
from tests.benchmarks.peers import rows

ASKED = {
    "TaskID": str(rows.TASK),
    "Frequency": "DAILY",
    "StartDate": "2030-01-22T09:00:00+00:00",
    "FinishDate": "2030-12-31T23:59:59+00:00",
    "Parameters": '{"Url": "https://example.com/hook", "Method": "POST"}',
    "ContentType": "application/json",
    "Notification": "FAILURE",
}
SAME = (*ASKED, "Name", "Enabled", "LastRunOn", "LastModifiedBy", "Status", "ClientID")
MEMBERS = {*SAME, "ID", "DateCreated", "DateModified", "LastRunBy"}


def check(candidate: Candidate) -> None:
    """Raises AssertionError."""
    number = 7
    values = ASKED | {
        "Name": rows.TASK_NAME,
        "Enabled": True,
        "LastRunOn": None,
        "LastModifiedBy": rows.email(number),
        "Status": "PENDING",
        "ClientID": str(rows.key(3, number)),
    }
    before = candidate.count()
    data = json.loads(_answer(candidate, json.dumps(ASKED), "json", rows.token(number), 201))["ResponseData"]
    detail = data["Detail"]
    assert (data["Result"], data["Identification"]) == ("Success", {"UserId": str(rows.key(2, number))}), data
    assert detail.keys() == MEMBERS, detail
    found = {name: _instant(detail[name]) for name in SAME}
    assert found == values, found

    body = _xml(ASKED)
    root = ElementTree.fromstring(_answer(candidate, body, "xml", rows.token(number), 201))  # noqa: S314 (our own)
    for name in ASKED:
        assert _instant(root.findtext(f"ResponseData/Detail/{name}")) == ASKED[name], ElementTree.tostring(root)
    assert candidate.count() == before + 2

    for written, kind in ((json.dumps, "json"), (_xml, "xml")):
        for name in ("TaskID", "Frequency", "Parameters", "ContentType"):
            lacking = {other: value for other, value in ASKED.items() if other != name}
            _answer(candidate, written(lacking), kind, rows.token(number), 400)
        for name in ("TaskID", "Frequency", "StartDate", "ContentType", "Notification"):
            _answer(candidate, written(ASKED | {name: "wrong"}), kind, rows.token(number), 400)
        _answer(candidate, written(ASKED | {"FinishDate": "2029-01-01T00:00:00Z"}), kind, rows.token(number), 400)
        _answer(candidate, written(ASKED), kind, "act_of_nobody", 401)
    assert candidate.count() == before + 2


def _answer(candidate: Candidate, body: str, kind: str, token: str, status: int) -> bytes:
    media_type = f"application/{kind}"
    headers = {"Content-Type": media_type, "Accept": media_type, "Authorization": f"Bearer {token}"}
    found, answer = candidate.call(body.encode(), headers)
    assert found == status, f"{candidate.kind.name}: {found} for {body}: {answer!r}"
    return answer


def _xml(members: dict[str, str]) -> str:
    written = "".join(f"<{name}>{value}</{name}>" for name, value in members.items())
    return f"<AccountTaskRequest>{written}</AccountTaskRequest>"


def _instant(value: object) -> object:
    """One of the two ways in which UTC is written."""
    return value.replace("Z", "+00:00") if isinstance(value, str) and value.startswith("20") else value
