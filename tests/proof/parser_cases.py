"""Calls at the edges of what a body may be, each with the answer that the wire contract gives to it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

TASK = "B1B5A0A1-1234-4ABC-8DEF-0123456789AB"
JSON, XML, FORM = "application/json", "application/xml", "application/x-www-form-urlencoded"
MALFORMED, INVALID = (400, "MALFORMED_BODY"), (400, "INVALID_REQUEST")
CREATED = (201, "")
USUAL = {"TaskID": TASK, "Frequency": "DAILY", "Parameters": "{}", "ContentType": JSON}


@dataclass(frozen=True)
class Case:
    """
    answer: status and ErrorCode. framing: headers in the place of Content-Length. is_cut: the
    client hangs up where the body ends. keeps: members of the answer.
    """

    name: str
    content_type: str
    body: bytes
    answer: tuple[int, str]
    framing: str = ""
    is_cut: bool = False
    keeps: tuple[tuple[str, str | None], ...] = ()


def as_json(**members: object) -> bytes:
    return json.dumps(USUAL | members).encode()


def as_xml(text: str = "", **members: str) -> bytes:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in (USUAL | members).items())
    return f"<AccountTaskRequest>{inside}{text}</AccountTaskRequest>".encode()


def as_form(**members: str) -> bytes:
    return urlencode(USUAL | members).encode()


def cases() -> list[Case]:
    return [*_charsets(), *_documents(), *_values(), *_framings()]


def _charsets() -> Iterator[Case]:
    usual = as_json().decode()
    yield Case("charset utf-8 in quotes", f'{JSON}; charset="utf-8"', as_json(), CREATED)
    yield Case("unknown charset", f"{JSON}; charset=klingon", as_json(), CREATED)
    yield Case("charset iso-8859-1 with other bytes", f"{JSON}; charset=iso-8859-1", b'{"a":"\xe9"}', MALFORMED)
    yield Case("utf-16 as announced", f"{JSON}; charset=utf-16", usual.encode("utf-16-le"), CREATED)
    yield Case("utf-16 announced, utf-8 sent", f"{JSON}; charset=utf-16", as_json() + b" ", MALFORMED)
    yield Case("utf-16 by its mark", JSON, usual.encode("utf-16"), CREATED)
    yield Case("utf-16 big-endian by its mark", JSON, b"\xfe\xff" + usual.encode("utf-16-be"), CREATED)
    yield Case("utf-32 by its mark", JSON, usual.encode("utf-32"), CREATED)
    yield Case("utf-16 without a mark", JSON, usual.encode("utf-16-le"), MALFORMED)
    yield Case("JSON after the mark of utf-8", JSON, b"\xef\xbb\xbf" + as_json(), CREATED)
    yield Case("JSON after two marks", JSON, b"\xef\xbb\xbf" * 2 + as_json(), MALFORMED)
    yield Case("XML after the mark of utf-8", XML, b"\xef\xbb\xbf" + as_xml(), CREATED)
    yield Case("XML after two marks", XML, b"\xef\xbb\xbf" * 2 + as_xml(), MALFORMED)
    declared = b'<?xml version="1.0" encoding="%s"?>'
    yield Case("XML that declares its encoding", XML, declared % b"UTF-8" + as_xml(), CREATED)
    yield Case("XML that declares another encoding", XML, declared % b"iso-8859-1" + as_xml(), MALFORMED)
    yield Case("XML 1.1", XML, b'<?xml version="1.1"?>' + as_xml(), MALFORMED)
    yield Case("XML in utf-16", f"{XML}; charset=utf-16", as_xml().decode().encode("utf-16-le"), CREATED)
    yield Case("text/json", "text/json", as_json(), CREATED)
    yield Case("no type", "", as_json(), (415, "UNSUPPORTED_MEDIA_TYPE"))
    yield Case("an unreadable type", "json", as_json(), (415, "UNSUPPORTED_MEDIA_TYPE"))
    yield Case("a type with an empty parameter", f"{JSON};", as_json(), CREATED)
    yield Case("bytes that are no utf-8", JSON, b'{"a":"\xff"}', MALFORMED)
    yield Case("an overlong encoding", JSON, b'{"a":"\xc0\xaf"}', MALFORMED)
    yield Case("half of a pair in utf-8", JSON, b'{"a":"\xed\xa0\x80"}', MALFORMED)


def _documents() -> Iterator[Case]:
    yield Case("nothing", JSON, b"", MALFORMED)
    yield Case("null", JSON, b"null", MALFORMED)
    yield Case("a list", JSON, b"[]", MALFORMED)
    yield Case("a text after the document", JSON, as_json() + b"x", MALFORMED)
    yield Case("a comment in JSON", JSON, as_json()[:-1] + b"/**/}", MALFORMED)
    yield Case("NaN", JSON, as_json()[:-1] + b',"a":NaN}', MALFORMED)
    yield Case("Infinity", JSON, as_json()[:-1] + b',"a":-Infinity}', MALFORMED)
    yield Case("a raw control character", JSON, as_json()[:-1] + b',"a":"\x01"}', MALFORMED)
    last_wins = as_json(Frequency="X")[:-1] + b',"frequency":"WEEKLY"}'
    yield Case("a member twice in JSON: the last", JSON, last_wins, CREATED, keeps=(("Frequency", "WEEKLY"),))
    twice = as_xml("<Frequency>HOURLY</Frequency>")
    yield Case("a member twice in XML: the first", XML, twice, CREATED, keeps=(("Frequency", "DAILY"),))
    twice = as_form() + b"&FREQUENCY=HOURLY"
    yield Case("a member twice in a form: the first", FORM, twice, CREATED, keeps=(("Frequency", "DAILY"),))
    for depth, answer in ((32, CREATED), (33, MALFORMED)):  # the object around it is the first level
        nested = b"[" * (depth - 1) + b"]" * (depth - 1)
        yield Case(f"JSON of {depth} levels", JSON, as_json()[:-1] + b',"a":' + nested + b"}", answer)
        nested_xml = "<a>" * (depth - 1) + "</a>" * (depth - 1)
        yield Case(f"XML of {depth} levels", XML, as_xml(nested_xml), answer)
    for depth, answer in ((31, CREATED), (32, CREATED), (33, INVALID)):
        nested_text = "[" * depth + "]" * depth
        for content_type, body in (
            (JSON, as_json(Parameters=nested_text)),
            (XML, as_xml(Parameters=nested_text)),
            (FORM, as_form(Parameters=nested_text)),
        ):
            yield Case(f"Parameters of {depth} levels in {content_type}", content_type, body, answer)
    nodes = json.dumps(list(range(10_000)))
    yield Case("Parameters of 10,000 nodes", JSON, as_json(Parameters=nodes), CREATED, keeps=(("Parameters", nodes),))
    yield Case("1,000 keys of a form", FORM, as_form() + b"&a=1" * 996, CREATED)
    yield Case("1,001 keys of a form", FORM, as_form() + b"&a=1" * 997, MALFORMED)
    yield Case("a root in a namespace", XML, b'<AccountTaskRequest xmlns="urn:x"/>', MALFORMED)
    yield Case("an undeclared prefix", XML, as_xml("<p:a/>"), MALFORMED)
    yield Case("a DOCTYPE", XML, b"<!DOCTYPE AccountTaskRequest>" + as_xml(), MALFORMED)
    yield Case("an element in a value", XML, as_xml(Frequency="<b>DAILY</b>"), INVALID)
    yield Case("a comment in a value", XML, as_xml(Frequency="DAI<!-- -->LY"), INVALID)
    yield Case("a CDATA section", XML, as_xml(Parameters="<![CDATA[{}]]>"), CREATED, keeps=(("Parameters", "{}"),))


def _values() -> Iterator[Case]:
    yield Case("U+0000 in JSON", JSON, as_json(Parameters='"\0"'), INVALID)
    yield Case("U+0000 in a form", FORM, as_form(Parameters='"\0"'), INVALID)
    yield Case("U+0000 in XML", XML, as_xml(Parameters='"\0"'), MALFORMED)
    yield Case("U+0000 as a reference", XML, as_xml(Parameters="&#0;"), MALFORMED)
    yield Case("an escape of U+0000 in Parameters", JSON, as_json(Parameters='"\\u0000"'), CREATED)
    yield Case("half of a pair", JSON, as_json()[:-1] + b',"Parameters":"\\ud800"}', INVALID)
    yield Case("a whole pair", JSON, as_json(Parameters='"\U0001f600"'), CREATED)
    yield Case("U+FFFF", JSON, as_json(Parameters='"\uffff"'), INVALID)
    yield Case(
        "a carriage return", XML, as_xml(Parameters='{"a":&#13;1}'), CREATED, keeps=(("Parameters", '{"a":\r1}'),)
    )
    number = as_json()[:-1] + b',"Parameters":1e400}'
    yield Case("a number as a text", JSON, number, CREATED, keeps=(("Parameters", "1e400"),))
    for value, answer in (("1_000", INVALID), ("\u0663", INVALID), ("+2", CREATED), ("2.0", INVALID), ("99", INVALID)):
        yield Case(f"Frequency {value} in JSON", JSON, as_json(Frequency=value), answer)
        yield Case(f"Frequency {value} in XML", XML, as_xml(Frequency=value), INVALID)
        yield Case(f"Frequency {value} in a form", FORM, as_form(Frequency=value), answer)
    digits = TASK.replace("-", "").lower()
    for form in (digits, digits.upper(), f"{{{TASK}}}", f"({TASK})", f" {TASK}\u00a0"):
        for content_type, body in (
            (JSON, as_json(TaskID=form)),
            (XML, as_xml(TaskID=form)),
            (FORM, as_form(TaskID=form)),
        ):
            yield Case(f"GUID {form} in {content_type}", content_type, body, CREATED, keeps=(("TaskID", TASK.lower()),))
    yield Case("a GUID of 32 digits as a number", JSON, as_json(TaskID=int("1" * 32)), INVALID)
    for moment, kept in (
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999+00:00"),
        ("2026-01-02T03:04:05+14:00", "2026-01-01T13:04:05+00:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-01-02T03:04:05+99:99", None),
        ("2026-01-02T24:00:00", None),
        ("2026-01-02T03:04:60", None),
        ("2026-02-30", None),
        ("\u0662026-01-02", None),
        ("2026-01-0_2", None),
        ("10000-01-01", None),
    ):
        answer = CREATED if kept else INVALID
        keeps = (("StartDate", kept),) if kept else ()
        for content_type, body in (
            (JSON, as_json(StartDate=moment)),
            (XML, as_xml(StartDate=moment)),
            (FORM, as_form(StartDate=moment)),
        ):
            yield Case(f"{quote(moment)} in {content_type}", content_type, body, answer, keeps=keeps)


def _framings() -> Iterator[Case]:
    body, chunked = as_json(), "Transfer-Encoding: chunked"
    length, half = len(body), body[: len(body) // 2]
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    yield Case("chunks of one byte", JSON, chunks + b"0\r\n\r\n", CREATED, chunked)
    yield Case("no chunk at all", JSON, b"0\r\n\r\n", MALFORMED, chunked)
    extended = b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (length, body)
    yield Case("a chunk with an extension", JSON, extended, CREATED, chunked)
    yield Case("a chunk that is cut off", JSON, b"%x\r\n%s" % (length, half), MALFORMED, chunked, is_cut=True)
    yield Case("a length that is no number", JSON, body, (400, ""), "Content-Length: many")
    yield Case("a negative length", JSON, body, (400, ""), "Content-Length: -1")
    yield Case("two lengths", JSON, body, (400, ""), f"Content-Length: 1\r\nContent-Length: {length}")
    yield Case("a length too long", JSON, body, MALFORMED, f"Content-Length: {length + 1}", is_cut=True)
    yield Case("a length too short", JSON, body, MALFORMED, f"Content-Length: {length - 1}")
    yield Case("a length of 2**70", JSON, body, (400, ""), f"Content-Length: {2**70}")
    yield Case("a length of a TiB", JSON, body, (413, "TOO_LARGE"), f"Content-Length: {2**40}", is_cut=True)
    yield Case("neither a length nor chunks", JSON, b"", MALFORMED, "X-Nothing: 1")
