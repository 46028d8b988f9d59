"""In production the API answers by TLS alone, and sends nobody on."""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.api.calls import ACCOUNT_TASKS, JSON
from tests.factories import Party


@pytest.fixture(autouse=True)
def production(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True


@pytest.mark.parametrize("path", [ACCOUNT_TASKS, "/Token", "/API/V1/admin/clients/", "/api/nothing"])
def test_a_call_in_clear_is_refused(account: Party, path: str) -> None:
    response: Any = Browser().post(path, "{}", content_type=JSON, headers=account.bearer)

    assert response.status_code == 403
    assert response.json()["Error"]["ErrorCode"] == "FORBIDDEN"
    assert "https" in response.json()["Error"]["ErrorReason"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_it_is_answered_by_tls(account: Party) -> None:
    response = Browser().get(ACCOUNT_TASKS, headers=account.bearer, secure=True)

    assert response.status_code == 200


def test_a_browser_is_sent_on(account: Party) -> None:
    response: Any = Browser().get("/tasks")

    assert (response.status_code, response["Location"]) == (301, "https://testserver/tasks")
