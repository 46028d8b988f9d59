"""Every answer carries the Content Security Policy, which lets no inline script or style through, and its kin."""

from typing import Any

import pytest
from django.test import Client

from tasks_app import health
from tests.factories import Party

ADDRESSES = {
    "/": 200,
    "/sign-in": 200,
    "/admin/login/": 200,
    "/help": 200,
    "/help/swagger": 200,
    "/tasks": 302,
    "/nothing/is/here": 404,
    "/api/v2/nothing": 404,
    "/api/v2/admin/clients": 401,
    "/readyz": 500,
    "/sign-out": 405,
}


def policy_of(response: Any) -> dict[str, list[str]]:
    parts = (part.split() for part in response["Content-Security-Policy"].split(";") if part.strip())
    return {name: words for name, *words in parts}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_the_policy_stands_on_every_answer(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "problems", lambda now: 1 / 0)

    response = Client(raise_request_exception=False).get(address)

    policy = policy_of(response)
    assert response.status_code == ADDRESSES[address]
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert response["Referrer-Policy"] == response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_it_stands_on_what_is_refused_before_any_view() -> None:
    response = Client(raise_request_exception=False).get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "script-src" in policy_of(response)


def test_it_stands_on_the_answers_of_the_api(account: Party) -> None:
    response = Client().get("/api/v2/admin/clients", headers=account.bearer)

    assert response.status_code == 200
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
