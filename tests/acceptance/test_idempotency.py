"""Creates with the same Idempotency-Key at the same instant: one row, and one answer."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.acceptance.conftest import Customer

KEYS, CALLERS = 50, 32
ACCOUNT_TASKS = "/api/v2/admin/tasks/account"

pytestmark = pytest.mark.acceptance


def create(customer: Customer, key: str) -> tuple[int, Any]:
    body = {"TaskID": str(customer.task_id), "Frequency": "DAILY", "ContentType": "application/json"}
    body["Parameters"] = json.dumps({"race": key})
    headers = {"Content_Type": "application/json", "Authorization": f"Bearer {customer.token}", "Idempotency_Key": key}
    status, answer = customer.service.call("POST", ACCOUNT_TASKS, json.dumps(body).encode(), **headers)
    return status, json.loads(answer)


def test_a_race_for_a_key_makes_one_row(customer: Customer) -> None:
    keys = [f"race {number}" for number in range(KEYS) for _ in range(CALLERS)]

    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(zip(keys, pool.map(lambda key: create(customer, key), keys), strict=True))

    statuses = Counter(status for _, (status, _) in answers)
    assert set(statuses) <= {201, 409}, statuses
    made = {(key, answer["ResponseData"]["Detail"]["ID"]) for key, (status, answer) in answers if status == 201}
    assert len(made) == KEYS
    refused = {answer["Error"]["ErrorCode"] for _, (status, answer) in answers if status == 409}
    assert refused <= {"IDEMPOTENCY_CONFLICT"}
    status, listed = customer.service.call(
        "GET", f"{ACCOUNT_TASKS}?search=race&limit=1000", Authorization=f"Bearer {customer.token}"
    )
    assert (status, len(json.loads(listed)["ResponseData"]["Detail"])) == (200, KEYS)
    print(f"{KEYS} keys x {CALLERS} callers: {KEYS} rows, {dict(statuses)}")  # noqa: T201 (a figure)
