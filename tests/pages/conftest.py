"""Whoever opens the pages, unless a test says otherwise, and a task whose form has a field of each common kind."""

import pytest
from django.test import Client as Browser

from tasks_app.models import Task
from tests import factories
from tests.factories import Party
from tests.pages.browsing import signed_in


@pytest.fixture
def browser(account: Party) -> Browser:
    """Of the account's administrator."""
    return signed_in(account.administrator)


@pytest.fixture
def call(db: None) -> Task:
    return factories.task(name="Call a URL", handler="http_request")
