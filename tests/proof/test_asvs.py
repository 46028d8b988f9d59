"""T18: the table of ASVS 5.0.0 has all items of levels 1 and 2, and evidence that is there."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.proof import figures

PROJECT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("asvs.md")
OF_LEVEL = {1: 70, 2: 183}
OF_CHAPTER = {
    1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7,
    10: 29, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13, 16: 16, 17: 7,
}  # fmt: skip
STATUSES = ("met", "partly", "not met", "not applicable")


@dataclass(frozen=True)
class Item:
    number: str
    level: int
    subject: str
    status: str
    why: str
    evidence: list[str]


def items() -> list[Item]:
    rows = [re.split(r" *\| *", line.strip()) for line in TABLE.read_text().splitlines() if re.match(r"\| \d", line)]
    return [
        Item(number, int(level), subject, status, why, re.findall(r"`([^`]+)`", evidence))
        for _, number, level, subject, status, why, evidence, _ in rows
    ]


def test_no_item_is_left_out() -> None:
    table = items()

    numbers = [item.number for item in table]
    assert len(set(numbers)) == len(numbers) == sum(OF_LEVEL.values())
    assert numbers == sorted(numbers, key=lambda number: [int(part) for part in number.split(".")])
    assert Counter(item.level for item in table) == OF_LEVEL
    assert Counter(int(number.partition(".")[0]) for number in numbers) == OF_CHAPTER


def test_each_has_a_status_and_what_it_stands_on() -> None:
    for item in items():
        assert item.status in STATUSES, item
        assert item.why or item.status == "met", item
        assert item.evidence or item.status in ("not met", "not applicable"), item


def test_the_evidence_is_there() -> None:
    named = {path for item in items() for path in item.evidence}

    assert [path for path in sorted(named) if not (PROJECT / path).is_file()] == []


def test_what_is_met_is_told() -> None:
    table = items()

    of_status = Counter(item.status for item in table)
    judged = sum(item.status in STATUSES and bool(item.evidence or item.why) for item in table)
    found = f"{judged} judged: " + ", ".join(f"{of_status[status]} {status}" for status in STATUSES)
    figures.tell("T18", "ASVS 5.0.0, levels 1 and 2", found=found, wanted="253 judged", met=judged == 253)
    assert judged == 253
