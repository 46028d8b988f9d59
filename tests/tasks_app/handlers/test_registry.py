"""The handlers that ship."""

import pytest

from tasks_app import handlers, parameters
from tests import factories

CODES = ["http_request", "email_message", "account_report", "purge_history"]


def test_the_four_that_ship_are_found_by_their_codes() -> None:
    found = [handlers.find(code) for code in CODES]

    assert [handler.code for handler in found if handler] == CODES
    assert handlers.find("nobody") is None
    assert handlers.find("") is None


@pytest.mark.parametrize("code", CODES)
def test_each_has_a_schema_that_is_one(code: str) -> None:
    handler = handlers.find(code)

    assert handler
    parameters.check_schema(handler.schema)
    assert handler.schema["additionalProperties"] is False


@pytest.mark.django_db
@pytest.mark.parametrize("code", CODES)
def test_a_task_of_the_catalogue_takes_the_schema_of_its_handler(code: str) -> None:
    handler = handlers.find(code)

    assert handler
    assert factories.task(handler=code).parameter_schema == handler.schema
    assert factories.task(handler=code, schema={}).parameter_schema == {}
