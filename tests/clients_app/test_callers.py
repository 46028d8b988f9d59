"""Where a call comes from."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from clients_app.callers import Caller, address_of

FORWARDED = "203.0.113.9, 198.51.100.7, 192.0.2.2"


@pytest.mark.parametrize(
    ("proxies", "address"),
    [(0, "127.0.0.1"), (1, "192.0.2.2"), (2, "198.51.100.7"), (3, "203.0.113.9"), (9, "203.0.113.9")],
)
def test_only_trusted_proxies_are_believed(settings: Settings, proxies: int, address: str) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies

    request = RequestFactory().get("/", headers={"X-Forwarded-For": FORWARDED})

    assert address_of(request) == address


@pytest.mark.parametrize("address", ["", "unix:", "not an address"])
def test_what_is_no_address_is_none(address: str) -> None:
    assert address_of(RequestFactory().get("/", REMOTE_ADDR=address)) is None


def test_a_command_is_known_by_its_name_and_has_no_account() -> None:
    caller = Caller(name="create_account")

    assert caller.label == "create_account"
    with pytest.raises(LookupError):
        _ = caller.account
