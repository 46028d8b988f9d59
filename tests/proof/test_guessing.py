"""T17: a thousand wrong secrets at the real service behind a proxy: of one address, of many, and for many names."""

import base64
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from clients_app.hashers import Argon2Hasher
from tests.acceptance.conftest import Customer, customer_of, empty_database
from tests.acceptance.service import PASSWORD, Service, serving
from tests.proof.conftest import Report

pytestmark = pytest.mark.proof

GUESSES = 1_000
THREADS = 8
HOME, ABROAD = "198.51.100.7", "198.51.100.8"
CORES = len(os.sched_getaffinity(0))
HASHED = Argon2Hasher().encode("a secret", "0123456789abcdef")
FORM = "application/x-www-form-urlencoded"
# As production has them.
LIMITS = {
    "TRUSTED_PROXY_COUNT": "1",
    "WRONG_CREDENTIALS_PER_MINUTE": "10",
    "WRONG_CREDENTIALS_AT_NEW_ADDRESSES_PER_HOUR": "100",
    "WRONG_PASSWORDS_UNTIL_LOCK_OUT": "20",
}


@pytest.fixture
def customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Customer]:
    with empty_database("guessing", tmp_path_factory.mktemp("guessing")) as url, serving(url, **LIMITS) as service:
        yield customer_of(service)


def token(service: Service, address: str, client_id: str, secret: str) -> int:
    """address: X-Forwarded-For, whose last word is the proxy's."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    headers = {"Content_Type": FORM, "X_Forwarded_For": address}
    return service.call("POST", "/Token", urlencode(form).encode(), **headers)[0]


def password(service: Service, address: str, name: str, secret: str) -> int:
    credentials = base64.b64encode(f"{name}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "X_Forwarded_For": address}
    return service.call("GET", "/api/v2/admin/tasks", b"", **headers)[0]


DOORS = {"/Token": token, "a password at the API": password}


def names(customer: Customer, door: str) -> tuple[str, str]:
    """The victim's name at that door, and its right secret."""
    of_client = customer.client["ID"], customer.client["Secret"]
    return of_client if door == "/Token" else ("ann@acme.example", PASSWORD)


def guess(customer: Customer, door: str, addresses: list[str], victims: list[str]) -> tuple[Counter[int], int]:
    """The statuses of a thousand guesses, and how many began of the windows of a minute that they took."""
    began = int(time.time()) // 60
    with ThreadPoolExecutor(THREADS) as pool:
        asked: Any = lambda address, name: DOORS[door](customer.service, address, name, "x-wrong-secret")  # noqa: E731
        statuses = Counter(pool.map(asked, addresses, victims))
    return statuses, int(time.time()) // 60 - began + 1


@pytest.mark.parametrize("door", DOORS)
def test_forged_addresses_are_one_address(customer: Customer, door: str, report: Report) -> None:
    name, secret = names(customer, door)
    forged = [f"203.0.113.{number % 250}, 2001:db8::{number:x}, 192.0.2.1" for number in range(GUESSES)]

    statuses, minutes = guess(customer, door, forged, [name] * GUESSES)
    other = DOORS[door](customer.service, HOME, name, secret)
    same = DOORS[door](customer.service, "192.0.2.1", name, secret)

    most = min(10 * minutes, 25)
    met = set(statuses) == {401, 429} and statuses[401] <= most and (other, same) == (200, 429)
    found = f"{statuses[401]} checked, {statuses[429]} refused with 429; right from elsewhere {other}, there {same}"
    report(
        "T17",
        f"{GUESSES} wrong, forged X-Forwarded-For, {door}",
        found=found,
        wanted=f"at most {most}, 200, 429",
        met=met,
    )


@pytest.mark.parametrize("door", DOORS)
def test_many_addresses_guess_no_more_than_a_few(customer: Customer, door: str, report: Report) -> None:
    name, secret = names(customer, door)
    before = DOORS[door](customer.service, HOME, name, secret)
    began = int(time.time()) // 3600

    spread = [f"203.0.{number // 250}.{number % 250}" for number in range(GUESSES)]
    statuses, _ = guess(customer, door, spread, [name] * GUESSES)
    known = DOORS[door](customer.service, HOME, name, secret)
    new = DOORS[door](customer.service, ABROAD, name, secret)

    hours = int(time.time()) // 3600 - began + 1
    met = set(statuses) == {401, 429} and statuses[401] <= 100 * hours and (before, known) == (200, 200)
    found = (
        f"{statuses[401]} checked, {statuses[429]} refused with 429; right where it was right before {known}, "
        f"from an address that is new {new} for the rest of the hour"
    )
    wanted = f"at most {100 * hours}, 200"
    report("T17", f"{GUESSES} wrong from {GUESSES} addresses, {door}", found=found, wanted=wanted, met=met)


@pytest.mark.parametrize("door", DOORS)
def test_one_password_for_many_names_is_counted_for_the_address(customer: Customer, door: str, report: Report) -> None:
    name, secret = names(customer, door)
    victims = [str(uuid4()) if door == "/Token" else f"user{number}@acme.example" for number in range(GUESSES)]

    statuses, minutes = guess(customer, door, ["192.0.2.1"] * GUESSES, victims)
    other = DOORS[door](customer.service, HOME, name, secret)

    most = 100 * minutes
    met = set(statuses) == {401, 429} and statuses[401] <= most and other == 200
    found = f"{statuses[401]} checked, {statuses[429]} refused with 429; others {other}"
    report("T17", f"{GUESSES} names, one address, {door}", found=found, wanted=f"at most {most}, 200", met=met)


def test_tokens_a_second(customer: Customer, report: Report) -> None:
    client = customer.client
    until = time.monotonic() + 10

    def ask(_: int) -> int:
        made = 0
        while time.monotonic() < until:
            assert token(customer.service, HOME, client["ID"], client["Secret"]) == 200
            made += 1
        return made

    with ThreadPoolExecutor(THREADS) as pool:
        made = sum(pool.map(ask, range(THREADS))) / 10
    began = time.perf_counter()
    for _ in range(20):
        Argon2Hasher().verify("a wrong one", HASHED)
    limit = CORES * 20 / (time.perf_counter() - began)

    found = f"{made:.0f} a second; if each cost a hash of Argon2id, there could be {limit:.0f} on {CORES} cores"
    report("T17", "tokens, 8 callers for 10 s", found=found, wanted="500", met=made >= 500)
