"""Every answer carries the Content Security Policy, which lets no inline script or style through, and its kin."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tasks_app import health
from tasks_app.models import Task
from tests.api.calls import ACCOUNT_TASKS, CLIENTS, Api
from tests.factories import Party
from tests.pages.browsing import signed_in

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
    assert policy["default-src"] == policy["object-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert response["Referrer-Policy"] == response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_it_stands_on_what_is_refused_before_any_view() -> None:
    response = Client(raise_request_exception=False).get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "script-src" in policy_of(response)


def test_it_stands_on_the_answers_of_the_api(account: Party) -> None:
    response = Client().get("/api/v2/admin/clients", headers=account.bearer)

    assert response.status_code == 200
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]


def test_no_browser_keeps_what_somebody_saw(account: Party, task: Task, api: Api) -> None:
    browser = signed_in(account.administrator)

    asked = {"TaskID": str(task.pk), "Frequency": "DAILY", "Parameters": "{}", "ContentType": "application/json"}
    api = api.of(account)

    answers: list[Any] = [browser.get(path) for path in ("/", "/tasks", "/clients", "/profile", "/settings")]
    answers += [api.call("GET", CLIENTS).response, api.post(ACCOUNT_TASKS, asked).response]

    assert [answer.status_code for answer in answers] == [200] * 6 + [201]
    assert all("no-store" in answer["Cache-Control"] for answer in answers)


def test_static_files_are_kept(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "page.css").write_text("a {}")
    settings.STATIC_ROOT = tmp_path

    response: Any = Client().get("/static/page.css")

    assert b"".join(response.streaming_content) == b"a {}"
    assert "public" in response["Cache-Control"]
