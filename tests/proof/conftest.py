"""How proofs tell their figures: past pytest's capture, so that they are seen when all is well."""

from collections.abc import Iterator
from typing import Protocol

import pytest
import whenever

from tests import postgresql
from tests.acceptance.conftest import Customer, customer_of
from tests.acceptance.service import serving
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


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def customer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Customer]:
    """Of a service of its own, on one database after the other."""
    quiet = {"LOG_LEVEL": "CRITICAL"}
    if request.param == "sqlite":
        with serving(f"sqlite:///{tmp_path_factory.mktemp('service')}/db.sqlite3", **quiet) as service:
            yield customer_of(service)
    elif postgresql.binaries() is None:
        pytest.skip("PostgreSQL is not on this machine")
    else:
        with postgresql.running() as server, serving(server.url, **quiet) as service:
            yield customer_of(service)
