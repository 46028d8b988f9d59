"""The soak sees what it is for: slots that are late or lost, memory and tables that grow, plans that read all."""

from typing import Any

import pytest

from tests.proof import soak
from tests.proof.soak import Soak

INDEX = "Index Scan using task_run_ready"
MIB = 2**20


def soaked(lag: float = 0.1, leak: float = 0.0, rows: int = 0, growth: int = 0) -> Soak:
    """leak: MiB by 100,000 runs. rows, growth: more of the history, and of a table, with each pruning."""
    return Soak(
        url="",
        seconds=1_800,
        lags=[0.1] * 98 + [lag] * 2,
        memory={"worker 1": [(runs, 90 + leak * runs / 100_000) for runs in range(0, 180_000, 500)]},
        rows=[100 + rows * number for number in range(3)],
        sizes=[{"tasks_app_taskrun": MIB + growth * number} for number in range(3)],
    )


def test_what_is_well_is_met() -> None:
    assert soak.tell(soaked(), 0, {"claim": INDEX}) == 0


@pytest.mark.parametrize(
    "what", [{"lag": 2.1}, {"leak": 1.1}, {"rows": 2_000}, {"growth": MIB}], ids=lambda what: next(iter(what))
)
def test_what_grows_or_is_late_is_missed(what: dict[str, Any]) -> None:
    assert soak.tell(soaked(**what), 0, {"claim": INDEX}) == 1


@pytest.mark.parametrize(("missing", "plan"), [(1, INDEX), (0, "Seq Scan on tasks_app_taskrun")])
def test_what_is_lost_or_read_whole_is_missed(missing: int, plan: str) -> None:
    assert soak.tell(soaked(), missing, {"claim": plan}) == 1
