"""How proofs tell their figures: past pytest's capture, so that they are seen when all is well."""

from typing import Protocol

import pytest
import whenever

from tests.proof import figures

whenever.reset_tzpath(())  # like the service, the oracle reads the rules of zones from the package tzdata alone


class Report(Protocol):
    def __call__(self, check: str, what: str, *, found: str, wanted: str, met: bool) -> None: ...


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Report:
    """Tells a line of figures; the test fails if it is missed."""

    def write(check: str, what: str, *, found: str, wanted: str, met: bool) -> None:
        with capsys.disabled():
            print()  # noqa: T201 (what a proof is for)
            line = figures.tell(check, what, found=found, wanted=wanted, met=met)
        assert met, line

    return write
