"""The lines of figures that proofs print, and that `python -m tests.proof` collects into its report."""

import json
import os
from pathlib import Path

COLLECTED_IN = "PROOF_FIGURES"
"""The variable that names the file into which lines are collected, one JSON object each."""


def tell(check: str, what: str, *, found: str, wanted: str, met: bool) -> str:
    """
    One line of figures, printed and collected if somebody collects. check: its number, such as T7. what: what was done,
    and on what. found: the figures. wanted: what they should be.
    """
    line = f"{check} {what}: {found} (wanted: {wanted}){'' if met else ' MISSED'}"
    print(line, flush=True)  # noqa: T201 (what a proof is for)
    if path := os.environ.get(COLLECTED_IN):
        with Path(path).open("a") as collected:
            row = {"check": check, "what": what, "found": found, "wanted": wanted, "met": met}
            collected.write(json.dumps(row) + "\n")
    return line
