"""Every recorded exchange of the wire against the real service."""

import json
from pathlib import Path

import pytest

from tests.acceptance import wire
from tests.acceptance.conftest import Customer
from tests.acceptance.service import exchange

LINES = Path(__file__).with_name("wire_vectors.jsonl").read_text(encoding="utf-8").split("\n")
VECTORS = [json.loads(line) for line in LINES if line]

pytestmark = pytest.mark.acceptance


@pytest.mark.parametrize("recorded", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_the_answer_is_as_recorded(customer: Customer, recorded: wire.Vector) -> None:
    vector = wire.filled(recorded, customer.task_id, customer.token)

    response, body = exchange(customer.service.port, wire.request_bytes(vector, customer.token), vector["method"])

    assert list(wire.differences(vector, response, body)) == []
