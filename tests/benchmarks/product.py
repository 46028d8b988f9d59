"""The database of the product, with the callers that its peers have too."""

import os
from datetime import UTC, datetime

from tests.acceptance.service import Service
from tests.benchmarks.peers import rows


def fill(url: str) -> None:
    """Migrate an empty database and fill it; from then on this process is the product's Django, on that database."""
    Service(url, port=0).command("migrate", "--verbosity", "0")
    os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}

    import django

    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from clients_app import secrets
    from clients_app.models import AccessToken, Account, Client, User
    from tasks_app import catalogue
    from tests.factories import TESTS

    now = datetime.now(UTC)
    numbers = range(rows.CALLERS)
    signing_secret = secrets.encrypt(secrets.new_signing_secret())
    nobodys = make_password(None)
    Account.objects.bulk_create(
        Account(id=rows.key(1, number), name=f"Account {number}", signing_secret=signing_secret) for number in numbers
    )
    User.objects.bulk_create(
        User(id=rows.key(2, number), account_id=rows.key(1, number), email=rows.email(number), password=nobodys)
        for number in numbers
    )
    Client.objects.bulk_create(
        Client(
            id=rows.key(3, number),
            account_id=rows.key(1, number),
            user_id=rows.key(2, number),
            name=f"Client {number}",
            secret_hash=nobodys,
        )
        for number in numbers
    )
    AccessToken.objects.bulk_create(
        AccessToken(
            client_id=rows.key(3, number), digest=secrets.digest(rows.token(number)), expires_at=now + rows.LIFETIME
        )
        for number in numbers
    )
    # With the schema of its handler, so that parameters are checked.
    catalogue.add_task(id=rows.TASK, name=rows.TASK_NAME, handler="http_request", by=TESTS)
    connection.close()
