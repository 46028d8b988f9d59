"""
Whatever others have made to try parsers with, and our own edges, through the real web server: as bodies and inside of
Parameters, in each format, on both databases.
"""

import http.client
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from tests import naughty
from tests.acceptance.conftest import Customer
from tests.acceptance.service import exchange
from tests.proof import corpora, parser_cases
from tests.proof.calling import PATH, Caller, in_format, in_turn
from tests.proof.conftest import Report
from tests.proof.corpora import Document
from tests.proof.parser_cases import FORM, JSON, USUAL, XML

pytestmark = [pytest.mark.proof, pytest.mark.acceptance]

FORMATS = (JSON, XML, FORM)
SAME = ("TaskID", "Frequency", "StartDate", "FinishDate", "Parameters", "ContentType", "Notification")

# Where the service refuses by a rule of its own what other readers may take, and how such a document is known.
STRICTER: dict[str, Callable[[str], object]] = {
    "no DOCTYPE": re.compile("<!DOCTYPE").search,
    "XML 1.0 only": re.compile(r"""^<\?xml\s+version\s*=\s*["']1\.[1-9]""").search,
    "no processing instruction before the root": re.compile(
        r"^(?:\s|<!--.*?-->|<\?xml\s[^>]*>)*<\?(?!xml\s)", re.DOTALL
    ).search,
    "colons only between a declared prefix and a name": re.compile(r"<[\w.-]*:").search,
    "names of XML 1.0 up to its fourth edition": re.compile(
        "</?[^\\s<>]*[\u017f\u0ec7\u3006\u3030\u3036\u309c\u309f\u30ff\U0001d032\U000effff]"
    ).search,
}
WELL_FORMED_BUT_OTHER = re.compile("The root element must be|The body is not a JSON object")


@pytest.fixture
def caller(customer: Customer) -> Iterator[Caller]:
    found = Caller(customer)
    yield found
    found.close()


def text_of(document: Document) -> str | None:
    """As a client that knows the mark of its encoding would send it inside of Parameters; None if it is no Unicode."""
    encoding = "utf-16" if document.content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return document.content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None


def judge_bodies(caller: Caller, documents: list[Document], content_type: str) -> tuple[int, Counter[str], list[str]]:
    """How many verdicts are right, those refused by which rule of ours, and which verdicts are wrong."""
    rules: Counter[str] = Counter()
    wrong = []
    for document, (status, reason, _) in zip(
        documents, in_turn(lambda each: caller.post(content_type, each.content), documents), strict=True
    ):
        is_taken = WELL_FORMED_BUT_OTHER.search(reason) or "is required" in reason
        rule = (
            None
            if is_taken
            else rule_of(text_of(document) if content_type == XML else "", is_body=True, document=document)
        )
        rules.update([rule] if document.verdict == "y" and rule else [])
        if (
            status != 400
            or (document.verdict == "y" and not is_taken and not rule)
            or (document.verdict == "n" and is_taken)
        ):
            wrong.append(f"{document.name} {status} {reason}")
    return len(documents) - len(wrong), rules, wrong


def judge_parameters(
    caller: Caller, documents: list[Document], content_type: str, kept: dict[str, str]
) -> tuple[int, Counter[str], list[str]]:
    """The same for documents inside of Parameters, in each format; adds those that were taken to `kept`."""
    texts = [(document, text) for document in documents if (text := text_of(document)) is not None]
    jobs = [(document, text, form) for document, text in texts for form in FORMATS]
    rules: Counter[str] = Counter()
    wrong = []

    def send(job: tuple[Document, str, str]) -> tuple[int, str, Any]:
        members = USUAL | {"Parameters": job[1], "ContentType": content_type}
        return caller.post(job[2], in_format(job[2], members))

    for (document, text, form), (status, reason, row) in zip(jobs, in_turn(send, jobs), strict=True):
        rule = rule_of(text, is_body=False, document=document)
        if status == 201:
            kept[row["ID"]] = text
        if document.verdict == "y" and status != 201:
            rules.update([rule] if rule else [])
            wrong += [] if rule else [f"{document.name} {form} {status} {reason}"]
        elif document.verdict == "n" and status == 201:
            is_known = "encoding=" in text  # what is declared inside of a text is ignored
            rules.update(["an encoding declared in Parameters means nothing"] if is_known else [])
            wrong += [] if is_known else [f"{document.name} {form} {status}"]
    return len(jobs) - len(wrong), rules, wrong


def rule_of(text: str | None, *, is_body: bool, document: Document) -> str | None:
    if text is None:
        return "UTF-8 and UTF-16 only"
    if is_body and document.content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16 only if the Content-Type says so"
    if re.search("[\ufffe\uffff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        return "no characters that XML can't carry"
    return next((rule for rule, applies in STRICTER.items() if applies(text)), None)


def test_what_others_try_parsers_with(customer: Customer, caller: Caller, report: Report, tmp_path: Path) -> None:
    kind = customer.service.database_url.partition(":")[0]
    kept: dict[str, str] = {}
    told = []

    for name, content_type, documents in (
        ("JSONTestSuite", JSON, corpora.json_documents(tmp_path)),
        ("W3C XML suite", XML, corpora.xml_documents(tmp_path)),
    ):
        for place, (right, rules, wrong) in (
            ("bodies", judge_bodies(caller, documents, content_type)),
            ("Parameters in JSON, XML and form", judge_parameters(caller, documents, content_type, kept)),
        ):
            stricter = ", ".join(f"{rule}: {number}" for rule, number in rules.most_common())
            what = f"{name}, {len(documents)} documents as {place}, {kind}"
            found = f"{right} right, {len(wrong)} wrong {wrong[:5] or ''}; by rules of the service: {stricter or 0}"
            told.append((what, found, bool(documents) and not wrong))
    stored = caller.rows()
    changed = [key for key, text in kept.items() if stored[key]["Parameters"] != text]

    for what, found, met in told:
        report("T9", what, found=found, wanted="all verdicts right, but for rules of the service", met=met)
    report(
        "T9",
        f"answers of 5xx, and texts that came back otherwise, {kind}",
        found=f"{caller.calls:,} calls, {len(caller.broken)} of 5xx {caller.broken[:3] or ''}; "
        f"{len(kept):,} texts taken, {len(changed)} changed",
        wanted="0 and 0",
        met=not caller.broken and not changed,
    )


def test_naughty_strings_make_the_same_row_in_each_format(customer: Customer, caller: Caller, report: Report) -> None:
    kind = customer.service.database_url.partition(":")[0]
    strings = naughty.strings()

    def thrice(members: dict[str, str]) -> list[tuple[int, str, Any]]:
        return [caller.post(form, in_format(form, USUAL | members)) for form in FORMATS]

    def as_parameters(text: str) -> tuple[str, list[tuple[int, str, Any]]]:
        return text, thrice({"Parameters": text})

    def as_element(text: str) -> tuple[str, list[tuple[int, str, Any]]]:
        return text, thrice({"Parameters": text, "ContentType": XML})

    texts = [json.dumps(text, ensure_ascii=False) for text in strings] + [json.dumps(text) for text in strings]
    answers = in_turn(as_parameters, texts)
    answers += in_turn(as_element, [f"<a>{escape(text)}</a>" for text in strings])
    members = ("TaskID", "Frequency", "StartDate", "FinishDate", "Parameters", "ContentType", "Notification")
    in_turn(thrice, [{member: text} for member in members for text in strings])

    def as_name(text: str) -> list[tuple[int, str, Any]]:
        return [caller.post(form, in_format(form, {"Name": text}), "/api/v2/admin/clients") for form in FORMATS]

    in_turn(as_name, strings)

    stored = caller.rows()
    others = [text for text, thrice in answers if [status for status, _, _ in thrice] != [201] * 3]
    for text, made in answers:
        rows = [stored[row["ID"]] for _, _, row in made if row]
        if (
            any(row["Parameters"] != text for row in rows)
            or len({tuple(row[name] for name in SAME) for row in rows}) != 1
        ):
            others.append(text)
    report(
        "T9",
        f"{len(strings)} naughty strings in Parameters as JSON and XML, by JSON, XML and form, {kind}",
        found=f"{len(answers):,} texts by three formats, {len(others)} that made other rows, or other bytes"
        f" {others[:3] or ''}",
        wanted="0",
        met=not others,
    )
    report(
        "T9",
        f"{len(strings)} naughty strings in each member of a body, {kind}",
        found=f"{caller.calls:,} calls, {len(caller.broken)} of 5xx {caller.broken[:3] or ''}",
        wanted="0 of 5xx",
        met=not caller.broken,
    )


def test_the_edges_are_where_the_wire_contract_has_them(customer: Customer, report: Report) -> None:
    kind = customer.service.database_url.partition(":")[0]
    wrong = []

    cases = parser_cases.cases()
    for case in cases:
        framing = case.framing or f"Content-Length: {len(case.body)}"
        lines = [f"POST {PATH} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {customer.token}", framing]
        lines += [f"Content-Type: {case.content_type}"] if case.content_type else []
        request = "\r\n".join([*lines, f"Accept: {JSON}", "Connection: close", "", ""]).encode("latin-1") + case.body
        try:
            response, answer = exchange(customer.service.port, request, "POST", is_last=case.is_cut)
        except http.client.HTTPException as error:
            wrong.append(f"{case.name}: {error!r}")
            continue
        document = json.loads(answer) if answer else {"Error": None, "ResponseData": None}
        code = (document["Error"] or {}).get("ErrorCode", "")
        row = (document["ResponseData"] or {}).get("Detail") or {}
        if (response.status, code) != case.answer or any(row.get(name) != value for name, value in case.keeps):
            wrong.append(f"{case.name}: {response.status} {code} {row}")

    report(
        "T9",
        f"edges of the wire contract, {kind}",
        found=f"{len(cases)} cases, {len(wrong)} answered otherwise {wrong[:9] or ''}",
        wanted="0",
        met=not wrong,
    )
