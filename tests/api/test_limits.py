"""Calls in a minute, for each client and each account."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from pytest_django import Settings

from clients_app import limits
from clients_app.models import Counter
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, CLIENTS, XML, Api
from tests.factories import Party

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows as they always are: these tests say at what moment."""
    monkeypatch.setattr("clients_app.throttles.now", lambda: NOON + timedelta(seconds=18.5))


def test_each_answer_says_what_is_left(api: Api, account: Party, settings: Settings) -> None:
    settings.CALLS_PER_MINUTE_OF_CLIENT, settings.CALLS_PER_MINUTE_OF_ACCOUNT = 3, 100

    answers = [api.of(account).get(ACCOUNT_TASKS) for _ in range(2)] + [api.of(account).get(f"{ACCOUNT_TASKS}?limit=x")]

    names = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
    assert [tuple(answer.response[name] for name in names) for answer in answers] == [
        ("3", "2", "42"),
        ("3", "1", "42"),
        ("3", "0", "42"),
    ]


def test_too_many_are_refused_until_the_next_minute(
    api: Api, account: Party, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CALLS_PER_MINUTE_OF_CLIENT = 1
    api.of(account).get(ACCOUNT_TASKS)

    answer = api.of(account).get(ACCOUNT_TASKS)

    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert (answer.response["Retry-After"], answer.response["RateLimit-Remaining"]) == ("42", "0")
    assert answer.reason == "Too many calls: try again in 42 s."
    assert api.of(account).get(ACCOUNT_TASKS, Accept=XML).text.startswith("<ResponseOfListOfAccountTaskResponse ")

    monkeypatch.setattr("clients_app.throttles.now", lambda: NOON + MINUTE)
    assert api.of(account).get(ACCOUNT_TASKS).status == 200


def test_clients_are_counted_apart_and_the_account_together(
    api: Api, account: Party, neighbour: Party, settings: Settings
) -> None:
    settings.CALLS_PER_MINUTE_OF_CLIENT, settings.CALLS_PER_MINUTE_OF_ACCOUNT = 2, 3
    second = Api({"Authorization": f"Bearer {factories.token(client=factories.client(user=account.administrator))}"})

    assert [api.of(account).get(CLIENTS).status for _ in range(2)] == [200, 200]
    assert second.get(CLIENTS).status == 200
    assert second.get(CLIENTS).status == 429
    assert api.of(neighbour).get(CLIENTS).status == 200


def test_nobody_is_counted_without_credentials(api: Api, db: None) -> None:
    answer = api.get(ACCOUNT_TASKS)

    assert "RateLimit-Limit" not in answer.response.headers
    assert not Counter.objects.exists()


def test_a_refused_call_is_not_executed(api: Api, account: Party, settings: Settings) -> None:
    settings.CALLS_PER_MINUTE_OF_CLIENT = 1
    api.of(account).get(ACCOUNT_TASKS)

    body = {"Name": "n", "Secret": "12345678", "UserID": str(account.administrator.pk)}
    assert api.of(account).post(CLIENTS, body).status == 429
    assert account.account.clients.count() == 1


def test_several_counts_go_in_one_statement(db: None) -> None:
    with transaction.atomic():
        budgets = [limits.count_all({"a": 5, "b": 3}, window=MINUTE, now=NOON) for _ in range(4)]

    assert [(budget.most, budget.left) for budget in budgets] == [(3, 2), (3, 1), (3, 0), (3, -1)]
    assert dict(Counter.objects.values_list("key", "count")) == {"a": 4, "b": 4}
