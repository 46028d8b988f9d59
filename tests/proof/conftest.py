"""How proofs tell their figures: past pytest's capture, so that they are seen when all is well."""

from collections.abc import Callable

import pytest
import whenever

whenever.reset_tzpath(())  # like the service, the oracle reads the rules of zones from the package tzdata alone

Report = Callable[[str], None]


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Report:
    def write(line: str) -> None:
        with capsys.disabled():
            print(f"\n  {line}", flush=True)  # noqa: T201 (what a proof is for)

    return write
