"""
`python -m tests.fuzz.targets NAME FILE OPTION …`: one of our own readers of text, fed by atheris with options of
libFuzzer. FILE gets the seconds that the slowest input took. What a reader may raise is named here; anything else ends
it as a crash.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from pathlib import Path
from urllib.parse import unquote_to_bytes

import atheris

with atheris.instrument_imports(include=["clients_app", "tasks_app", "config.api", "json"]):
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.core.exceptions import ValidationError

    from clients_app import documents
    from clients_app.api import values
    from config.api.exceptions import MalformedBody
    from config.api.parsers import Body, _unquoted
    from tasks_app import parameters
    from tasks_app.api.requests import AccountTaskRequest
    from tasks_app.enumerations import ContentType

SCHEMA = {
    "type": "object",
    "properties": {"url": {"type": "string", "format": "uri"}, "n": {"type": "integer"}, "l": {"type": "array"}},
    "required": ["url"],
}


def read_json(text: str) -> None:
    """1e999 is a number without an end to Python, which no JSON can carry: it is read as another one."""
    try:
        value = documents.read_json(text, parse_float=_finite)
    except documents.Malformed:
        return
    assert documents.read_json(parameters.json_text(value)) == value


def _finite(digits: str) -> float:
    number = float(digits)
    return number if isfinite(number) else 0.0


def read_xml(text: str) -> None:
    try:
        root = documents.read_xml(text)
    except documents.Malformed:
        return
    assert "<!DOCTYPE" not in text.partition(f"<{root.tag}")[0] or "<!--" in text


def read_fields(text: str) -> None:
    for dialect in ("json", "xml", "form"):
        moment = values.read_moment(text, dialect)
        if moment:
            assert values.read_moment(values.write_moment(moment), dialect) == moment
        body = Body(dialect, [("TaskID", text), ("Frequency", text), ("StartDate", text), ("Parameters", text)])
        AccountTaskRequest(data=body).is_valid()
    guid = values.read_guid(text)
    assert guid is None or values.read_guid(str(guid)) == guid


def read_parameters(text: str) -> None:
    for content_type in ContentType:
        try:
            read = parameters.read(text, content_type)
        except ValidationError:
            continue
        assert read.text == text
        assert len(read.search_text) <= parameters.SEARCHED
        read.problems(SCHEMA)


def read_percents(text: str) -> None:
    with suppress(MalformedBody):
        assert _unquoted(text).encode() == unquote_to_bytes(text.replace("+", " "))


TARGETS: dict[str, Callable[[str], None]] = {
    "json": read_json,
    "xml": read_xml,
    "fields": read_fields,
    "parameters": read_parameters,
    "percents": read_percents,
}


def main() -> None:
    name, slowest_in = sys.argv[1], Path(sys.argv[2])
    target, slowest = TARGETS[name], 0.0

    def one(data: bytes) -> None:
        nonlocal slowest
        try:
            text = data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        began = time.process_time()
        target(text)
        seconds = time.process_time() - began
        if seconds > slowest:
            slowest = seconds
            slowest_in.write_text(str(seconds))

    for text in ('{"url": "x"}', "<a><url>x</url></a>", "2026-01-02T03:04:05Z", "DAILY"):
        target(text)  # what is loaded at first is not the input's fault
    atheris.Setup([sys.argv[0], *sys.argv[3:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
