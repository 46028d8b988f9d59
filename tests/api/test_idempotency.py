"""Idempotency-Key: a create that is sent twice happens once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clients_app import idempotency
from clients_app.exceptions import KeyInProgress
from clients_app.models import Client, StoredAnswer
from tasks_app.models import AccountTask, Task, TaskRun
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, CLIENTS, FORM, JSON, XML, Api, asked, in_format
from tests.factories import Party

KEY = "k-1"


@pytest.mark.parametrize("content_type", [JSON, XML, FORM])
def test_a_repeat_gets_the_first_answer_and_makes_nothing(
    api: Api, account: Party, task: Task, content_type: str
) -> None:
    body = in_format(asked(task.pk), content_type)

    first = api.of(account).post(ACCOUNT_TASKS, body, content_type=content_type, Idempotency_Key=KEY)
    AccountTask.objects.update(notification=3)
    again = api.of(account).post(ACCOUNT_TASKS, body, content_type=content_type, Idempotency_Key=KEY)

    assert (first.status, again.status, again.text) == (201, 201, first.text)
    assert "Idempotent-Replayed" not in first.response.headers
    assert again.response["Idempotent-Replayed"] == "true"
    for name in ("Location", "ETag"):
        assert again.response[name] == first.response[name]
    assert AccountTask.objects.count() == 1


def test_the_repeat_is_answered_in_the_format_that_it_asks_for(api: Api, account: Party, task: Task) -> None:
    first = api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key=KEY)

    again = api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key=KEY, Accept=XML)

    assert f"<ID>{first.detail['ID']}</ID>" in again.text


def test_another_body_or_endpoint_with_the_same_key_is_refused(api: Api, account: Party, task: Task) -> None:
    created = api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key=KEY)

    other_body = api.of(account).post(ACCOUNT_TASKS, asked(task.pk, Frequency="HOURLY"), Idempotency_Key=KEY)
    other_path = api.of(account).call("POST", f"{ACCOUNT_TASKS}/run?id={created.detail['ID']}", Idempotency_Key=KEY)

    assert (other_body.status, other_body.code) == (422, "IDEMPOTENCY_MISMATCH")
    assert (other_path.status, other_path.code) == (422, "IDEMPOTENCY_MISMATCH")
    assert (AccountTask.objects.count(), TaskRun.objects.count()) == (1, 0)


def test_v1_and_v2_are_the_same_endpoint(api: Api, account: Party, task: Task) -> None:
    api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key=KEY)

    again = api.of(account).post("/API/V1/admin/tasks/account/", asked(task.pk), Idempotency_Key=KEY)

    assert again.response["Idempotent-Replayed"] == "true"


def test_a_key_belongs_to_its_client(api: Api, account: Party, neighbour: Party, task: Task) -> None:
    other = Api({"Authorization": f"Bearer {factories.token(client=factories.client(user=account.administrator))}"})
    for caller in (api.of(account), other, api.of(neighbour)):
        assert (
            "Idempotent-Replayed"
            not in caller.post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key=KEY).response.headers
        )

    assert AccountTask.objects.count() == 3


def test_a_failure_is_not_kept(api: Api, account: Party, task: Task) -> None:
    Task.objects.update(is_enabled=False)
    assert api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key=KEY).status == 400
    assert not StoredAnswer.objects.exists()
    Task.objects.update(is_enabled=True)

    assert api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key=KEY).status == 201


def test_after_a_day_the_key_is_free_again(api: Api, account: Party, task: Task) -> None:
    api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key=KEY)
    api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key="another")
    StoredAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24))

    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk, Frequency="HOURLY"), Idempotency_Key=KEY)

    assert (answer.status, "Idempotent-Replayed" in answer.response.headers) == (201, False)
    assert [stored.key for stored in StoredAnswer.objects.all()] == [KEY]  # the old ones are cleared away


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_1_to_255_characters(api: Api, account: Party, task: Task, key: str) -> None:
    answer = api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key=key)

    assert (answer.status, answer.reason) == (400, "Idempotency-Key must have 1 to 255 characters.")
    assert api.of(account).post(ACCOUNT_TASKS, asked(task.pk), Idempotency_Key="é" * 255).status == 201


def test_a_secret_is_shown_once_all_the_same(api: Api, account: Party) -> None:
    body = {"Name": "Billing", "Secret": "canary-secret", "UserID": str(account.administrator.pk)}

    first = api.of(account).post(CLIENTS, body, Idempotency_Key=KEY)
    again = api.of(account).post(CLIENTS, body, Idempotency_Key=KEY)

    assert (first.detail["Secret"], again.detail["Secret"]) == ("canary-secret", None)
    assert again.detail["ID"] == first.detail["ID"]
    assert "canary" not in repr(StoredAnswer.objects.values())


def test_a_rotation_happens_once(api: Api, account: Party) -> None:
    other = factories.client(user=account.administrator)
    first = api.of(account).call("POST", f"{CLIENTS}/{other.pk}/rotate", Idempotency_Key=KEY)
    digest = Client.objects.get(pk=other.pk).secret_hash

    again = api.of(account).call("POST", f"{CLIENTS}/{other.pk}/rotate", Idempotency_Key=KEY)

    assert first.detail["Secret"]
    assert (again.status, again.detail["Secret"]) == (200, None)
    assert Client.objects.get(pk=other.pk).secret_hash == digest


def test_runs_and_batches_happen_once(api: Api, account: Party, task: Task) -> None:
    batch: dict[str, Any] = {"Items": [asked(task.pk), asked(task.pk, Frequency="often")]}
    made = [api.of(account).post(f"{ACCOUNT_TASKS}/batch", batch, Idempotency_Key=KEY) for _ in range(2)]
    run = f"{ACCOUNT_TASKS}/run?id={made[0].detail[0]['Detail']['ID']}"
    ran = [api.of(account).call("POST", run, Idempotency_Key="run") for _ in range(2)]

    assert made[0].text == made[1].text
    assert [answer.status for answer in ran] == [200, 200]
    assert (AccountTask.objects.count(), TaskRun.objects.count()) == (1, 1)


def test_a_person_without_a_client_has_keys_too(api: Api, account: Party) -> None:
    with idempotency.once(caller_id=account.administrator.pk, key=KEY, fingerprint="a", now=timezone.now()) as answer:
        answer.status, answer.detail = 201, {}
    with idempotency.once(caller_id=account.client.pk, key=KEY, fingerprint="b", now=timezone.now()) as answer:
        assert not answer.is_there
        answer.status, answer.detail = 201, {}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite the second waits for the first")
def test_of_two_at_once_with_a_key_the_second_is_told(committed: None) -> None:
    once: dict[str, Any] = {"caller_id": UUID(int=1), "key": KEY, "fingerprint": "a", "now": timezone.now()}

    def elsewhere() -> str:
        try:
            with idempotency.once(**once):
                return "done twice"
        except KeyInProgress:
            return "told"
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, idempotency.once(**once) as answer:
        answer.status, answer.detail = 201, {}
        second = pool.submit(elsewhere).result(timeout=5)

    assert second == "told"


@pytest.mark.django_db
def test_a_key_has_one_answer() -> None:
    answer: dict[str, Any] = {"caller_id": UUID(int=1), "key": KEY, "status": 201, "headers": {}, "detail": "{}"}
    StoredAnswer.objects.create(**answer, created_at=timezone.now())

    with pytest.raises(IntegrityError), transaction.atomic():
        StoredAnswer.objects.create(**answer, created_at=timezone.now())
