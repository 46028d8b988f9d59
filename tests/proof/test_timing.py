"""T13, T17: time does not tell whether an ID is another account's or nobody's, nor whether somebody has a name."""

import base64
import http.client
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.acceptance.conftest import Customer, customer_of, empty_database
from tests.acceptance.service import PASSWORD, Service, serving
from tests.proof.conftest import Report
from tests.proof.timing import Ask, auc, compared, status_of

pytestmark = pytest.mark.proof

SAMPLES = int(os.environ.get("TIMING_SAMPLES", "2000"))  # of each kind
FORM = "application/x-www-form-urlencoded"
ACCOUNT_TASKS = "/api/v2/admin/tasks/account"


@dataclass(frozen=True)
class Two:
    """The service with two customers; the ID of an account task of the other."""

    ann: Customer
    foreign: str

    @property
    def service(self) -> Service:
        return self.ann.service


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with empty_database("timing", tmp_path_factory.mktemp("timing")) as url, serving(url) as service:
        ann = customer_of(service)
        service.command("create_account", "--name", "B", "--email", "bob@b.example", "--password", PASSWORD)
        token = service.token(service.json_of("create_client", "--email", "bob@b.example", "--name", "B"))
        asked = {
            "TaskID": str(ann.task_id),
            "Frequency": "DAILY",
            "Parameters": "{}",
            "ContentType": "application/json",
        }
        headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
        status, body = service.call("POST", ACCOUNT_TASKS, json.dumps(asked).encode(), **headers)
        assert status == 201
        yield Two(ann, json.loads(body)["ResponseData"]["Detail"]["ID"])


def with_form(service: Service) -> dict[str, str]:
    """Headers of a browser that has the form of the sign-in page, and the token of that form under its name."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("GET", "/sign-in")
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    cookie = (response.getheader("Set-Cookie") or "").split(";")[0]
    [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    return {"Cookie": cookie, "Content-Type": FORM, "token": token}


def tell(report: Report, check: str, what: str, found: float, samples: int) -> None:
    told = f"AUC {found:.3f} over {samples} samples each"
    report(check, what, found=told, wanted="0.45-0.55", met=0.45 <= found <= 0.55)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_another_account_s_id_takes_as_long_as_nobody_s(two: Two, report: Report, method: str) -> None:
    headers = {"Authorization": f"Bearer {two.ann.token}"}

    def ask(key: str) -> Ask:
        return lambda connection: status_of(connection, method, f"{ACCOUNT_TASKS}/{key}", "", headers)

    found, statuses = compared(two.service.port, (ask(two.foreign), ask(str(uuid4()))), SAMPLES)

    assert statuses == {404}
    tell(report, "T13", f"{method} of a foreign and of an absent ID", found, SAMPLES)


def test_a_known_client_id_takes_as_long_as_an_unknown_one(two: Two, report: Report) -> None:
    def ask(client_id: str) -> Ask:
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": "a wrong one"}
        return lambda connection: status_of(connection, "POST", "/Token", urlencode(form), {"Content-Type": FORM})

    found, statuses = compared(two.service.port, (ask(two.ann.client["ID"]), ask(str(uuid4()))), SAMPLES)

    assert statuses == {401}
    tell(report, "T17", "/Token for a known and an unknown client", found, SAMPLES)


def test_a_known_name_takes_as_long_to_sign_in_as_an_unknown_one(two: Two, report: Report) -> None:
    known = with_form(two.service)
    token = known.pop("token")

    def ask(name: str) -> Ask:
        form = urlencode({"username": name, "password": "a wrong one", "csrfmiddlewaretoken": token})
        return lambda connection: status_of(connection, "POST", "/sign-in", form, known)

    found, statuses = compared(two.service.port, (ask("ann@acme.example"), ask("amy@acme.example")), SAMPLES)

    assert statuses == {200}
    tell(report, "T17", "the sign-in page for a known and an unknown name", found, SAMPLES)


def test_a_known_name_takes_as_long_with_a_password_at_the_api(two: Two, report: Report) -> None:
    def ask(name: str) -> Ask:
        credentials = base64.b64encode(f"{name}:a wrong one".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}"}
        return lambda connection: status_of(connection, "GET", "/api/v2/admin/tasks", "", headers)

    found, statuses = compared(two.service.port, (ask("ann@acme.example"), ask("amy@acme.example")), SAMPLES)

    assert statuses == {401}
    tell(report, "T17", "the API for a known and an unknown name", found, SAMPLES)


def test_the_measure_sees_what_there_is_to_see() -> None:
    assert auc([1, 2, 3], [4, 5]) == 1
    assert auc([4, 5], [1, 2, 3]) == 0
    assert auc([1, 2], [1, 2]) == 0.5
