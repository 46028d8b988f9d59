"""Callers who come at the same instant each get their own answer, and only what they sent is written."""

import json
import xml.etree.ElementTree as ET
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.acceptance.conftest import Customer
from tests.acceptance.service import PASSWORD

CALLERS, EACH = 24, 20
ACCOUNT_TASKS = "/api/v2/admin/tasks/account"
FORMS = JSON, XML = "application/json", "application/xml"

pytestmark = pytest.mark.acceptance

Caller = tuple[str, str]
"""The user, and a token."""


@pytest.fixture(scope="module")
def callers(customer: Customer) -> list[Caller]:
    found = [(customer.user_id, customer.token)]
    for number in range(2):
        email = f"crowd{number}@example.com"
        made = customer.service.json_of("create_account", "--name", "Crowd", "--email", email, "--password", PASSWORD)
        client = customer.service.json_of("create_client", "--email", email, "--name", "Crowd")
        found.append((made["UserID"], customer.service.token(client)))
    return found


def body_of(number: int, task_id: str, form: str) -> str:
    members = {
        "TaskID": task_id if number % 10 else "00000000-0000-0000-0000-000000000001",
        "Frequency": ("HOURLY", "DAILY", "WEEKLY")[number % 3],
        "Parameters": json.dumps({"crowd": number}),
        "ContentType": JSON,
        "Notification": "NONE",
    }
    if form == JSON:
        return json.dumps(members)
    tags = "".join(f"<{name}>{text}</{name}>" for name, text in members.items())
    return f"<AccountTaskRequest>{tags}</AccountTaskRequest>"


def read(answer: bytes, form: str) -> tuple[str, dict[str, Any]]:
    """The user, and Detail."""
    if form == JSON:
        data = json.loads(answer)["ResponseData"]
        return data["Identification"]["UserId"], data["Detail"]
    root = ET.fromstring(answer)  # noqa: S314 (our own answer)
    data = {element.tag.rpartition("}")[2]: element for element in root.iter()}
    return str(data["UserId"].text), {name: element.text for name, element in data.items()}


def test_a_crowd_gets_its_own_answers(customer: Customer, callers: list[Caller]) -> None:
    def send(number: int) -> tuple[int, bytes]:
        form, (_, token) = FORMS[number % 2], callers[number % len(callers)]
        headers = {"Content_Type": form, "Accept": form, "Authorization": f"Bearer {token}"}
        body = body_of(number, str(customer.task_id), form).encode()
        return customer.service.call("POST", ACCOUNT_TASKS, body, **headers)

    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(send, range(CALLERS * EACH)))

    expected: Counter[str] = Counter()
    for number, (status, answer) in enumerate(answers):
        user_id, _ = callers[number % len(callers)]
        if number % 10 == 0:
            assert status == 400, answer
            continue
        assert status == 201, answer
        identified, detail = read(answer, FORMS[number % 2])
        assert (identified, detail["Parameters"]) == (user_id, json.dumps({"crowd": number}))
        assert detail["Frequency"] == ("HOURLY", "DAILY", "WEEKLY")[number % 3]
        expected[user_id] += 1
    for user_id, token in callers:
        status, listed = customer.service.call("GET", f"{ACCOUNT_TASKS}?limit=1000", Authorization=f"Bearer {token}")
        assert status == 200
        assert (
            sum("crowd" in row["Parameters"] for row in json.loads(listed)["ResponseData"]["Detail"])
            == expected[user_id]
        )
