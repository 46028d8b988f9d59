"""The key that encrypts secrets is changed."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from clients_app import accounts, secrets
from clients_app.models import SecondFactor
from tests import factories
from tests.factories import NOW, Party

pytestmark = pytest.mark.django_db


def encrypt_anew() -> str:
    said = StringIO()
    call_command("encrypt_anew", stdout=said)
    return said.getvalue()


def test_secrets_can_be_read_without_the_older_key_after_it(account: Party, settings: Settings) -> None:
    factories.second_factor(user=account.administrator, now=NOW)
    accounts.rotate_signing_secret(account.account, by=factories.TESTS)
    account.account.refresh_from_db()
    factor = SecondFactor.objects.get()

    def read() -> list[str]:
        rows = (account.account, factor)
        for row in rows:
            row.refresh_from_db()
        stored = (account.account.signing_secret, account.account.previous_signing_secret, factor.secret)
        return [secrets.decrypt(each) for each in stored]

    before, older = read(), settings.ENCRYPTION_KEYS
    newer = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [newer, *older]
    said = encrypt_anew()
    settings.ENCRYPTION_KEYS = [newer]

    assert said == "3 secrets are encrypted with the first of ENCRYPTION_KEYS.\n"
    assert read() == before


def test_a_secret_whose_key_is_missing_is_named_and_stays(account: Party, settings: Settings) -> None:
    stored = account.account.signing_secret
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match=f"decrypts the account {account.account.pk}: add the one that does"):
        encrypt_anew()

    account.account.refresh_from_db()
    assert account.account.signing_secret == stored
