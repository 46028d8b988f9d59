"""Which passwords people may choose."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tests.factories import PASSWORD, Party


@pytest.mark.parametrize(
    "password",
    [
        "AccountTasks2026!",
        "account-tasks-1",
        "administrator1",
        "acme-acme-acme",
        "Password@Acme26",
        "ann@acme.example",
        "short",
        "000000000000",
    ],
)
def test_what_others_guess_first(account: Party, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, account.administrator)


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "my account by the sea",
        "ничего-не-скажу",
        "a" * 11 + "b" * 500,
        " twelve blank ",
        "acme is where I work",
    ],
)
def test_whatever_else_is_long_enough(account: Party, password: str) -> None:
    validate_password(password, account.administrator)


def test_whoever_has_no_account(account: Party) -> None:
    validate_password("acme acme acme")
