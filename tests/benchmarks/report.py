"""What benchmarks have found: tables of figures, and targets that are met or missed."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """what was measured, wanted and figure: as text; is_met: whether the figure is what was wanted."""

    what: str
    wanted: str
    figure: str
    is_met: bool


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print it with the columns below each other; the first one on the left, the others on the right."""
    lines = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    print(f"\n{title}")
    for line in lines:
        first, *others = (
            f"{cell:<{width}}" if not at else f"{cell:>{width}}"
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  " + "  ".join([first, *others]).rstrip(), flush=True)


def targets(found: Sequence[Target]) -> bool:
    """Print each with its figure beside it; whether all of them are met."""
    rows = [(target.what, target.wanted, target.figure, "met" if target.is_met else "MISSED") for target in found]
    table("Targets", ("what", "wanted", "found", ""), rows)
    return all(target.is_met for target in found)
