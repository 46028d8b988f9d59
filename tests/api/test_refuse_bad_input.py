"""Bad input of any kind: the right code, every offending member named, and no row."""

import json
from typing import Any

import pytest

from tasks_app.models import AccountTask, Task
from tests.api.calls import ACCOUNT_TASKS, FORM, JSON, XML, Api, as_form, as_xml, asked
from tests.factories import Party

WRONG_MEMBERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"TaskID": None}, ["TaskID"]),
    ({"TaskID": "nope", "Frequency": "FORTNIGHTLY", "StartDate": "soon"}, ["TaskID", "Frequency", "StartDate"]),
    ({"TaskID": 11111111111111111111111111111111}, ["TaskID"]),
    ({"Frequency": 7}, ["Frequency"]),
    ({"Frequency": 4294967297}, ["Frequency"]),
    ({"Frequency": "HOURLY,DAILY"}, ["Frequency"]),
    ({"Frequency": True}, ["Frequency"]),
    ({"Notification": "SOMETIMES"}, ["Notification"]),
    ({"StartDate": "2026-02-30"}, ["StartDate"]),
    ({"StartDate": "2026-01-02", "FinishDate": "2026-01-01"}, ["FinishDate"]),
    ({"Frequency": "X", "StartDate": "2026-01-02", "FinishDate": "2026-01-01"}, ["Frequency", "FinishDate"]),
    ({"Parameters": "{"}, ["Parameters"]),
    ({"Parameters": "<a/>"}, ["Parameters"]),
    ({"Parameters": "{} {}"}, ["Parameters"]),
    ({"Parameters": '{"a":NaN}'}, ["Parameters"]),
    ({"Parameters": "[" * 33 + "]" * 33}, ["Parameters"]),
    ({"Parameters": "<!DOCTYPE a><a/>", "ContentType": "application/xml"}, ["Parameters"]),
    ({"Parameters": "<p:a/>", "ContentType": "application/xml"}, ["Parameters"]),
    ({"Parameters": "{", "TaskID": None, "Frequency": None}, ["TaskID", "Frequency", "Parameters"]),
    ({"Parameters": {"a": 1}}, ["Parameters"]),
    ({"ContentType": "text/plain", "Parameters": "{"}, ["ContentType"]),
]


@pytest.mark.parametrize(("members", "named"), WRONG_MEMBERS)
def test_every_wrong_member_is_named_at_once(
    api: Api, account: Party, task: Task, members: dict[str, Any], named: list[str]
) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk, **members))

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert [name for name in named if name not in answer.reason] == []
    assert not AccountTask.objects.exists()


def test_what_is_wrong_is_said_in_a_sentence(api: Api, account: Party, task: Task) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk, Frequency="X", Parameters='{"a":}'))

    assert answer.reason == (
        "Frequency must be one of NONE, HOURLY, DAILY, WEEKLY, MONTHLY, QUARTERLY, YEARLY; "
        "Parameters is not well-formed JSON: line 1 column 6."
    )


def test_input_is_judged_before_the_task_is_looked_for(api: Api, account: Party) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, asked("7c0e2f64-93d1-4b58-a6f2-1d85c3b9e047", Frequency="X"))

    assert answer.code == "INVALID_REQUEST"


NOT_READABLE = [
    (JSON, b""),
    (JSON, b"{"),
    (JSON, b"null"),
    (JSON, b"[]"),
    (JSON, b'"text"'),
    (JSON, b"{} x"),
    (JSON, b"{'a': 1}"),
    (JSON, b'{"a": NaN}'),
    (JSON, b'{"a": 01}'),
    (JSON, b'{"a": "\t"}'),
    (JSON, b'{"a": "\xff"}'),
    (JSON, b'{"a":' + b"[" * 32 + b"]" * 32 + b"}"),
    (JSON, b"[" * 100_000),
    (JSON, b'{"a":' * 100_000),
    (XML, b""),
    (XML, b"<AccountTaskRequest>"),
    (XML, b"<Other/>"),
    (XML, b'<AccountTaskRequest xmlns="urn:x"/>'),
    (XML, b"<AccountTaskRequest>&e;</AccountTaskRequest>"),
    (XML, b"<!DOCTYPE a><AccountTaskRequest/>"),
    (XML, b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><AccountTaskRequest>&e;</AccountTaskRequest>'),
    (XML, b"<?go now?><AccountTaskRequest/>"),
    (XML, b'<?xml version="1.1"?><AccountTaskRequest/>'),
    (XML, b'<?xml version="1.0" encoding="iso-8859-1"?><AccountTaskRequest/>'),
    (XML, b"\xef\xbb\xbf\xef\xbb\xbf<AccountTaskRequest/>"),
    (XML, b"<AccountTaskRequest>" + b"<a>" * 32 + b"</a>" * 32 + b"</AccountTaskRequest>"),
    (XML, b"<a>" * 100_000),
    (XML, b"<AccountTaskRequest " + b" ".join(b'a%d=""' % i for i in range(20_000)) + b"><b></AccountTaskRequest>"),
    (XML, "<AccountTaskRequest/>".encode("utf-16-le")),
    (XML, "<AccountTaskRequest/>".encode("utf-16-be")),
    (XML, '<?xml version="1.0" encoding="utf-8"?><AccountTaskRequest/>'.encode("utf-16-le")),
    ("application/xml; charset=utf-16", "\0".join("<AccountTaskRequest/>").encode("utf-16-le")),
    (JSON, b'{"a":"' + b'\\"' * 2**18),
    (JSON, b'{}"' + b'\\"' * 2**18),
    (FORM, b""),
    (FORM, b"TaskID"),
    (FORM, b"&&&"),
    (FORM, b"a=%FF"),
    (FORM, b"a=\xff"),
    (FORM, b"&".join([b"a=1"] * 1001)),
    ("application/json; charset=utf-16", b'{"a": 1}x'),
]


@pytest.mark.parametrize(("content_type", "body"), NOT_READABLE)
def test_a_body_that_cannot_be_read_is_malformed(api: Api, account: Party, content_type: str, body: bytes) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, body, content_type=content_type, Accept=JSON)

    assert (answer.status, answer.code) == (400, "MALFORMED_BODY")
    assert answer.reason.endswith(".")
    assert len(answer.reason) < 150


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "json", "application/ json", "multipart/form-data; boundary=b"]
)
def test_other_media_types_are_unsupported(api: Api, account: Party, content_type: str) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, b"x", content_type=content_type)

    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("content_type", [JSON, XML, FORM, "text/plain", ""])
def test_size_is_judged_before_all_else_about_the_body(api: Api, account: Party, content_type: str) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, b"x" * (2**20 + 1), content_type=content_type, Accept=JSON)

    assert (answer.status, answer.code) == (413, "TOO_LARGE")


def test_a_body_of_exactly_the_limit_is_read(api: Api, account: Party, task: Task) -> None:
    room = 2**20 - len(json.dumps(asked(task.pk, Parameters='""')))

    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk, Parameters=f'"{"x" * room}"'))

    assert answer.status == 201
    assert len(answer.detail["Parameters"]) == room + 2


UNFIT = ["\x00", "\x0b", "\ufffe", "\uffff", "\ud83d", "\ude00\ud83d"]


@pytest.mark.parametrize("unfit", UNFIT)
@pytest.mark.parametrize("member", ["TaskID", "Frequency", "Parameters", "ContentType", "StartDate"])
def test_characters_that_no_answer_could_carry_are_refused(
    api: Api, account: Party, task: Task, unfit: str, member: str
) -> None:
    body = asked(task.pk, StartDate="2026-01-01")
    body[member] += unfit

    answer = api.of(account).post(ACCOUNT_TASKS, body)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert member in answer.reason


@pytest.mark.parametrize("unfit", ["%00", "%0B", "%0C", "%1C", "%1F"])
def test_in_a_form_they_are_no_blanks_either(api: Api, account: Party, task: Task, unfit: str) -> None:
    body = f"{as_form(asked(task.pk))}&StartDate={unfit}"

    answer = api.of(account).post(ACCOUNT_TASKS, body, content_type=FORM)

    assert (answer.status, "StartDate" in answer.reason) == (400, True)


def test_values_of_the_request_are_not_echoed(api: Api, account: Party, task: Task) -> None:
    marker = "zq" * 100
    wrong = dict.fromkeys(["TaskID", "Frequency", "StartDate", "ContentType", "Notification"], marker)

    answers = [
        api.of(account).post(ACCOUNT_TASKS, asked(task.pk, Parameters=marker)),
        api.of(account).post(ACCOUNT_TASKS, asked(task.pk, **wrong)),
        api.of(account).post(ACCOUNT_TASKS, as_xml(wrong), content_type=XML, Accept=JSON),
    ]

    assert {answer.status for answer in answers} == {400}
    assert not any("zq" in answer.text for answer in answers)


def test_a_value_with_markup_inside_is_no_value_in_xml(api: Api, account: Party, task: Task) -> None:
    body = as_xml(asked(task.pk)).replace("<Parameters>", "<Parameters><!-- c -->")

    answer = api.of(account).post(ACCOUNT_TASKS, body, content_type=XML, Accept=JSON)

    assert (answer.code, "Parameters" in answer.reason) == ("INVALID_REQUEST", True)
