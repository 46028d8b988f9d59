"""Pages are compressed, answers of the API are not."""

import gzip
from typing import Any

from django.test import Client as Browser

from tests.api.calls import Api
from tests.factories import Party


def test_pages_are_compressed_for_those_who_understand_it(db: None) -> None:
    compressed: Any = Browser().get("/help", headers={"Accept-Encoding": "gzip"})
    plain: Any = Browser().get("/help")

    assert compressed["Content-Encoding"] == "gzip"
    assert gzip.decompress(compressed.content) == plain.content
    assert len(compressed.content) < len(plain.content) / 2
    assert "Accept-Encoding" in plain["Vary"]


def test_answers_of_the_api_are_not(api: Api, account: Party) -> None:
    for path in ("/api/v2/admin/tasks/account", "/API/V1/nothing", "/api/schema"):
        answer = api.of(account).get(path, **{"Accept-Encoding": "gzip"})

        assert "Content-Encoding" not in answer.response
