"""Tables of CSV: what is read from them, what is wrong with them, and that a spreadsheet finds no formula."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app import cells, tables
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.tables import BadTable
from tests import naughty

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
PARIS = ZoneInfo("Europe/Paris")


def one(text: str) -> tuple[dict[str, Any], list[str]]:
    """The values and the problems of the only row."""
    [row] = tables.read(text).rows
    return row.values, row.problems


def test_every_column_is_read() -> None:
    text = (
        "ID,Task,Frequency,StartDate,FinishDate,Parameters,ContentType,Notification,Enabled,Client\r\n"
        f'{GUID}, A task ,daily,2026-01-22T09:00:00+01:00,,"{{""a"": 1,\r\n ""b"": 2}}",JSON,3,TRUE,Mine\r\n'
    )

    assert one(text) == (
        {
            "ID": UUID(GUID),
            "Task": "A task",
            "Frequency": Frequency.DAILY,
            "StartDate": datetime(2026, 1, 22, 8, tzinfo=UTC),
            "FinishDate": None,
            "Parameters": '{"a": 1,\r\n "b": 2}',
            "ContentType": ContentType.JSON,
            "Notification": TaskNotification.ALL,
            "Enabled": True,
            "Client": "Mine",
        },
        [],
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_delimiters_line_ends_and_the_byte_order_mark(delimiter: str, end: str, bom: str) -> None:
    lines = [["enabled", "TASK"], ["", ""], ["no", "a,b;c\td"], ["", ""]]
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(lines)

    table = tables.read(bom + file.getvalue())

    assert table.columns == ["Enabled", "Task"]
    assert [(row.number, row.values) for row in table.rows] == [(3, {"Enabled": False, "Task": "a,b;c\td"})]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the first line has to name the columns"),
        ("\ufeff\r\n ,, \r\n", "the first line has to name the columns"),
        ("Task,Frequency\n", "no row below"),
        ("Task,Colour,=1+1\na,b,c", "mean nothing here: Colour, =1+1."),
        (f"{'x' * 5_000}\na", f"mean nothing here: {'x' * 40}…."),
        ("Task,task\na,b", "The column Task is there twice"),
        ('Task,Frequency\na,"b', "Row 2 can't be read"),
        ('Task\na\n"b"c', "Row 3 can't be read"),
        ("Task\n" + "a\n" * 1_001, "more than 1,000 rows"),
    ],
)
def test_what_is_no_table(text: str, said: str) -> None:
    with pytest.raises(BadTable) as caught:
        tables.read(text)

    assert said in str(caught.value)


def test_unknown_columns_can_be_passed_over_and_those_of_an_export_always_are() -> None:
    table = tables.read("Task,Colour,Status,\na,b,c,d", ignore_unknown=True)

    assert (table.columns, table.ignored) == (["Task"], ["Status", "Colour"])
    assert table.rows[0].values == {"Task": "a"}
    assert tables.read("Task,nextrunon\na,b").ignored == ["NextRunOn"]


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("ID", "7", "ID must be the ID of an account task, or empty for a new one."),
        ("Frequency", "SOMETIMES", "Frequency must be one of NONE, HOURLY"),
        ("Frequency", "7", "Frequency must be one of"),
        ("Frequency", "9" * 5_000, "Frequency must be one of"),
        ("Frequency", "\uff24AILY", "Frequency must be one of"),
        ("Notification", "LOUD", "Notification must be one of NONE, SUCCESS, FAILURE, ALL."),
        ("StartDate", "22/01/2026", "StartDate must be a date such as 2026-01-22T09:00:00+01:00, or empty."),
        ("FinishDate", "0000-01-01", "FinishDate must be a date"),
        ("FinishDate", "9999-12-31T23:59:59-14:00", "FinishDate must be a date"),
        ("ContentType", "text/plain", "ContentType must be application/json or application/xml."),
        ("Enabled", "perhaps", "Enabled must be true or false."),
        ("Parameters", "a\x00b", "Parameters must not hold characters"),
        ("Parameters", "a\ud800b", "Parameters must not hold characters"),
    ],
)
def test_wrong_cells(column: str, cell: str, said: str) -> None:
    values, problems = one(f"Task,{column}\nA,{cell}")

    assert values == {"Task": "A"}
    assert len(problems) == 1
    assert problems[0].startswith(said)


def test_a_row_that_is_too_short_or_too_long() -> None:
    table = tables.read("Task,Enabled,StartDate\nA\nB,true,,,\nC,true,,more")

    assert [row.values["Task"] for row in table.rows] == ["A", "B", "C"]
    assert table.rows[0].values == {"Task": "A", "StartDate": None}
    assert [row.problems for row in table.rows] == [[], [], ["It has 4 cells, but there are 3 columns."]]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "'=", "''@"])
def test_no_cell_is_a_formula(start: str) -> None:
    [row] = csv.reader(io.StringIO("".join(tables.written([[f"{start}1+1"]])), newline=""))

    assert row == [f"'{start}1+1"]


@pytest.mark.parametrize("text", ["", "'", "'a'", "a=b", "{}", *naughty.BREAKOUTS])
def test_what_is_harmless_stays_as_it_is_but_for_what_begins_like_a_formula(text: str) -> None:
    assert cells.guarded(text) == (f"'{text}" if text[:1] in ("=", "+", "-", "@") and text else text)


@given(st.text(alphabet=st.one_of(st.sampled_from("'=+-@\t\r\n,;\"a"), st.characters(codec="utf-8"))))
def test_what_is_guarded_comes_back(text: str) -> None:
    assert cells.unguarded(cells.guarded(text)) == text


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=5))
def test_what_is_written_can_be_read(rows: list[list[str]]) -> None:
    text = "".join(tables.written(rows))

    read = [[cells.unguarded(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]

    assert read == rows


def test_naughty_parameters_come_back() -> None:
    strings = [text for text in naughty.strings() if text.strip()]
    text = "".join(tables.written([["ID", "Parameters"], *(["", string] for string in strings)]))

    assert [row.values["Parameters"] for row in tables.read(text).rows] == strings


def test_a_large_table_is_written_in_pieces() -> None:
    pieces = list(tables.written(["x" * 1_000] for _ in range(100)))

    assert len(pieces) > 2
    assert max(map(len, pieces)) < tables.PIECE + 2_000


@pytest.mark.parametrize(
    ("moment", "zone", "text"),
    [
        (datetime(2026, 7, 1, 12, tzinfo=UTC), "Europe/Paris", "2026-07-01T14:00:00+02:00"),
        (datetime(2026, 7, 1, 12, 0, 0, 7, tzinfo=UTC), "UTC", "2026-07-01T12:00:00.000007+00:00"),
        (datetime(1800, 1, 1, tzinfo=UTC), "Europe/Paris", "1800-01-01T00:00:00+00:00"),  # local time, with seconds
        (datetime.min.replace(tzinfo=UTC), "America/New_York", "0001-01-01T00:00:00+00:00"),
        (datetime.max.replace(tzinfo=UTC), "Asia/Tokyo", "9999-12-31T23:59:59.999999+00:00"),
        (None, "UTC", ""),
    ],
)
def test_moments(moment: datetime | None, zone: str, text: str) -> None:
    assert cells.moment(moment, ZoneInfo(zone)) == text


@given(
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), PARIS])),
    st.sampled_from(["Europe/Paris", "Pacific/Kiritimati", "America/Metlakatla", "Africa/Monrovia", "Asia/Manila"]),
)
def test_moments_come_back(moment: datetime, zone: str) -> None:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return

    assert cells.COLUMNS["StartDate"](cells.moment(moment, ZoneInfo(zone))) == moment
