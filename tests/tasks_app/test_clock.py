"""The database's clock, beside the moments that are stored."""

from datetime import datetime

import pytest
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from tasks_app import clock
from tests.factories import Party


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL compares moments, not their texts")
def test_a_moment_that_is_stored_is_not_later_than_itself(account: Party) -> None:
    """A run that is queued and claimed within one millisecond is ready."""
    accounts = type(account.account).objects.annotate(text=Cast(clock.NOW, TextField()))
    text = accounts.values_list("text", flat=True).get()

    stored = connection.ops.adapt_datetimefield_value(datetime.fromisoformat(f"{text}+00:00"))

    assert stored is not None
    assert stored <= text
    assert text.removesuffix(".000000") == stored
