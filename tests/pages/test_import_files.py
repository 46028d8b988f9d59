"""What is taken for a table: a file or a pasted text, and what is said of one that is none."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from clients_app import uploads
from tasks_app import tables
from tasks_app.models import AccountTask, Task
from tasks_app.pages.import_forms import carried
from tests.pages.browsing import text_of
from tests.pages.test_import import GOOD, HEADER, IMPORT, kinds, lines_of, upload, write


@pytest.mark.usefixtures("task")
def test_a_pasted_table(browser: Browser) -> None:
    text = 'Task\tFrequency\tParameters\r\nA task\tDAILY\t"[1,\r\n2]"\r\n'

    response: Any = browser.post(IMPORT, {"pasted": text})
    write(browser, response.context["carried"] and text.replace("\r\n", "\n"))

    assert AccountTask.objects.get().parameters == "[1,\n2]"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "It is empty: the first line has to name the columns"),
        (b"\xff\xfeT\x00", "The file is not in UTF-8"),
        (b"Task,Colour\na,b\n", "These columns mean nothing here: Colour."),
        (b'Task\n"a', "Row 2 can&#x27;t be read"),
        (b"Task\n" + b"a\n" * 1_001, "more than 1,000 rows"),
        (b"Task\n" + b"a" * 2**20, "The file is larger than 1 MiB"),
        (b"Task,Frequency\nA task,=1+1\x00\n", "Frequency must not hold characters"),
    ],
)
def test_what_can_not_be_read_is_said(browser: Browser, content: bytes, said: str) -> None:
    response = upload(browser, content)

    assert response.status_code == 200
    assert said in text_of(response)


@pytest.mark.parametrize("name", ["table.xlsx", "table.csv.exe", "table", "../table.svg"])
def test_a_file_of_another_kind_is_refused_by_its_name(browser: Browser, name: str) -> None:
    file = SimpleUploadedFile(name, GOOD.encode())

    response = browser.post(IMPORT, {"file": file})

    assert "Choose a file whose name ends with .csv." in response.content.decode()


@pytest.mark.parametrize("form", [{}, {"pasted": " \n "}, {"pasted": GOOD, "file": True}])
def test_either_a_file_or_a_text(browser: Browser, form: dict[str, Any]) -> None:
    if "file" in form:
        form = form | {"file": SimpleUploadedFile("table.csv", GOOD.encode())}

    page = text_of(browser.post(IMPORT, form))

    assert "Choose a file, or paste a table: one of the two." in page
    assert form.get("pasted", "").strip() in browser.post(IMPORT, {"pasted": "Colour\n1"} | form).content.decode()


def test_a_wrong_paste_keeps_what_was_typed(browser: Browser) -> None:
    text = "Colour,Task,Task\n</textarea><b>"

    page = browser.post(IMPORT, {"pasted": text, "ignore_unknown": "on"}).content.decode()

    assert "The column Task is there twice" in page
    assert "Colour,Task,Task\n&lt;/textarea&gt;&lt;b&gt;</textarea>" in page
    assert "checked" in page


def test_unknown_columns_are_passed_over_if_that_is_asked_for(browser: Browser, task: Task) -> None:
    text = f"{HEADER},Colour,Status\nA task,DAILY,{{}},red,FAILED\n"

    response = upload(browser, text, ignore_unknown="on")

    assert "Columns that were passed over: Status, Colour." in text_of(response)
    assert 'name="ignore_unknown" value="true"' in text_of(response)
    browser.post(IMPORT, {"carried": carried(text), "how": "all", "key": uuid4(), "ignore_unknown": "true"})
    assert AccountTask.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"carried": "nonsense"},
        {"carried": ""},
        {"carried": "\x00"},
        {"carried": carried("Colour\n1")},
        {"carried": carried(f"{HEADER}\n{'x' * 2**20}")},
        {"how": "perhaps"},
        {"how": ""},
        {"key": "nonsense"},
    ],
)
def test_a_damaged_form_imports_nothing(browser: Browser, task: Task, wrong: dict[str, str]) -> None:
    form = {"carried": carried(GOOD), "how": "all", "key": str(uuid4())} | wrong

    response = browser.post(IMPORT, form, follow=True)

    assert "Nothing was imported: choose the table once more." in text_of(response)
    assert not AccountTask.objects.exists()


def test_what_is_too_large_for_a_form_gets_a_sentence(browser: Browser) -> None:
    response = browser.post(IMPORT, {"pasted": "x" * (2**20 + 1)})

    assert response.status_code == 400
    assert "too large for a form, which may hold 1 MiB" in text_of(response)


def test_a_file_that_is_far_too_large_is_not_even_read(browser: Browser) -> None:
    response = upload(browser, b"x" * (uploads.LARGEST + 1))

    assert response.status_code == 400
    assert "split it if the file is larger than that too" in text_of(response)


def test_the_largest_table_gets_through_both_steps(browser: Browser, task: Task) -> None:
    text = HEADER + "\n" + "".join(f'A task,DAILY,"{{""a"": ""{number:>900}""}}"\n' for number in range(1_000))
    assert len(text) < tables.LARGEST

    response: Any = upload(browser, text)

    assert set(kinds(lines_of(response))) == {"new"}
    assert len(response.context["carried"]) < 100_000
