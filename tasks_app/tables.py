"""Tables: account tasks as CSV, for spreadsheets. Text to rows with values or problems, and rows to text. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from clients_app.documents import UNFIT
from tasks_app.cells import COLUMNS, WrongCell, guarded, unguarded

Values = dict[str, Any]
"""
Of the columns that a row says something in: ID a UUID; Task, Client and Parameters texts; Frequency, ContentType and
Notification members of their enumerations; StartDate and FinishDate moments, None for an empty cell; Enabled a bool.
"""

LARGEST: Final = 2**20  # bytes
MOST_ROWS: Final = 1_000
PIECE: Final = 2**15  # characters
DELIMITERS: Final = ",;\t"
BOM: Final = "\ufeff"
MAY_BE_EMPTY: Final = ("StartDate", "FinishDate")  # an empty cell is a value there: none
FACTS: Final = ("Status", "NextRunOn", "LastRunOn", "LastRunBy", "DateCreated", "DateModified", "LastModifiedBy")
"""Columns of an export that an import passes over."""

csv.field_size_limit(LARGEST)  # of the process: nobody else reads CSV, and no text here is longer


class BadTable(ValueError):
    """The text is no table that can be imported; the message says what to do."""


@dataclass(frozen=True)
class Row:
    """number: as a spreadsheet counts them, the header is the first. problems: sentences."""

    number: int
    values: Values = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """columns: those that mean something, in their order; ignored: those that don't, as they were written."""

    columns: list[str]
    ignored: list[str]
    rows: list[Row]


def read(text: str, *, ignore_unknown: bool = False) -> Table:
    """
    The first line names the columns, in any order and case. Raises BadTable.

    ignore_unknown: pass over columns that have no meaning here, instead of refusing the table.
    """
    lines = _lines(text.removeprefix(BOM))
    number, header = next(lines, (0, []))
    if not header:
        raise BadTable(f"It is empty: the first line has to name the columns, such as {', '.join(COLUMNS)}.")
    columns, ignored, unknown = _columns(header)
    if unknown and not ignore_unknown:
        raise BadTable(
            f"These columns mean nothing here: {_listed(unknown)}. Take them out, or have unknown columns ignored. "
            f"Those that mean something are {', '.join(COLUMNS)}."
        )
    rows: list[Row] = []
    for number, cells in lines:
        if len(rows) == MOST_ROWS:
            raise BadTable(f"There are more than {MOST_ROWS:,} rows: split the table, and import the parts.")
        rows.append(_row(number, cells, columns))
    if not rows:
        raise BadTable("There is no row below the names of the columns.")
    return Table([name for name in columns if name], ignored + unknown, rows)


def written(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Pieces of CSV, guarded; each is a few kilobytes long, however many rows there are."""
    file = io.StringIO()
    writer = csv.writer(file)
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
        if file.tell() > PIECE:
            yield file.getvalue()
            file.seek(0)
            file.truncate()
    yield file.getvalue()


# --- lines and columns ------------------------------------------------------------------------------------------------


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Those that are not empty, and their numbers. Raises BadTable."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error:
            raise BadTable(f"Row {number} can't be read: a quotation mark is missing, or one is too many.") from None
        if any(cell.strip() for cell in cells):
            yield number, cells


def _columns(header: list[str]) -> tuple[list[str], list[str], list[str]]:
    """For each cell the name of its column, empty for those to pass over; the known ones of these; the unknown ones."""
    known = {name.lower(): name for name in (*COLUMNS, *FACTS)}
    columns, ignored, unknown = [], [], []
    for cell in header:
        said = unguarded(cell).strip()
        name = known.get(said.lower(), "")
        if name and name in columns:
            raise BadTable(f"The column {name} is there twice: take one out.")
        if not name and said:
            unknown.append(said)
        if name in FACTS:
            ignored.append(name)
        columns.append(name if name in COLUMNS else "")
    return columns, ignored, unknown


def _row(number: int, cells: list[str], columns: list[str]) -> Row:
    row = Row(number)
    if any(cell.strip() for cell in cells[len(columns) :]):
        row.problems.append(f"It has {len(cells)} cells, but there are {len(columns)} columns.")
    # A row that is too short goes on with empty cells.
    for name, cell in zip(columns, cells + [""] * len(columns), strict=False):
        if not name:
            continue
        text = unguarded(cell)
        is_empty = not text.strip()
        try:
            if UNFIT.search(text):
                raise WrongCell("must not hold characters that XML 1.0 can't carry, such as U+0000")
            if not is_empty:
                row.values[name] = COLUMNS[name](text)
            elif name in MAY_BE_EMPTY:
                row.values[name] = None
        except WrongCell as problem:
            row.problems.append(f"{name} {problem}.")
    return row


def _listed(names: list[str]) -> str:
    """Some of them, and none of them whole if it is long."""
    said = ", ".join(name if len(name) <= 40 else f"{name[:40]}…" for name in names[:10])
    return f"{said} and {len(names) - 10} more" if len(names) > 10 else said
