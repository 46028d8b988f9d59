"""Accounts, users, clients: their rules, their secrets, their audit entries."""

from collections.abc import Callable

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from clients_app import accounts, audit, clients, secrets, writes
from clients_app.exceptions import WrongCredentials
from clients_app.models import AccessToken, Account, AuditEntry, Client, User
from clients_app.models.user import Role
from tests import factories
from tests.factories import TESTS, Party

pytestmark = pytest.mark.django_db


def test_the_signing_secret_is_stored_encrypted() -> None:
    new = accounts.create_account(name="Acme", time_zone="UTC", by=TESTS)

    new.account.refresh_from_db()
    assert new.signing_secret.startswith("whsec_")
    assert new.signing_secret[6:] not in new.account.signing_secret
    assert secrets.decrypt(new.account.signing_secret) == new.signing_secret


def test_what_an_older_key_encrypted_can_be_read_after_a_new_one_came(settings: Settings) -> None:
    stored = secrets.encrypt("a secret")

    settings.ENCRYPTION_KEYS = ["enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno=", *settings.ENCRYPTION_KEYS]

    assert secrets.decrypt(stored) == "a secret"
    assert secrets.decrypt(secrets.encrypt("another")) == "another"


@pytest.mark.parametrize("time_zone", ["", "Europe/Nowhere", "CEST", "../etc/passwd", "europe/paris"])
def test_an_unknown_time_zone_is_refused(time_zone: str) -> None:
    with pytest.raises(ValidationError) as refused:
        accounts.create_account(name="Acme", time_zone=time_zone, by=TESTS)

    assert "time_zone" in refused.value.message_dict
    assert not Account.objects.exists()


def test_an_email_address_is_the_same_in_any_case(account: Party) -> None:
    with pytest.raises(ValidationError) as refused:
        factories.user(account=account.account, email="ANN@Acme.Example")

    assert "email" in refused.value.message_dict
    request = RequestFactory().get("/")
    assert authenticate(request, username=" Ann@ACME.example", password=factories.PASSWORD) == account.administrator


@pytest.mark.parametrize(("email", "password"), [("no address", "p"), ("", "p"), ("bob@acme.example", "")])
def test_a_user_needs_an_address_and_a_password(account: Party, email: str, password: str) -> None:
    with pytest.raises(ValidationError):
        accounts.add_user(account=account.account, email=email, password=password, by=TESTS)

    assert User.objects.count() == 1


@pytest.mark.real_hasher
def test_passwords_and_client_secrets_go_through_argon2(account: Party) -> None:
    for stored in (account.administrator.password, account.client.secret_hash):
        assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_generated_secret_fits_the_wire_and_has_256_bits(account: Party) -> None:
    new = clients.register(account=account.account, user_id=account.administrator.pk, name="n", by=TESTS)

    assert len(new.secret) <= clients.LONGEST_SECRET
    assert len(new.secret.removeprefix("acs_")) * 6 >= 256
    assert clients.identify(new.client.pk, {new.secret}) == new.client


@pytest.mark.parametrize(("name", "secret"), [("n" * 19, None), (" ", None), ("n", "1234567"), ("n", "s" * 51)])
def test_whoever_registers_a_client_the_rules_are_the_same(account: Party, name: str, secret: str | None) -> None:
    with pytest.raises(ValidationError):
        clients.register(account=account.account, user_id=account.administrator.pk, name=name, secret=secret, by=TESTS)

    assert Client.objects.count() == 1


def test_a_client_is_revoked_once(account: Party) -> None:
    for _ in range(2):
        clients.revoke(account.client, by=account.caller, now=timezone.now())

    entry = AuditEntry.objects.get(action="client revoked")
    assert (entry.user, list(entry.after or {})) == (account.administrator, ["revoked_at"])
    with pytest.raises(WrongCredentials):
        clients.identify(account.client.pk, {factories.SECRET})
    assert Client.objects.filter(pk=account.client.pk).exists()


def test_every_change_names_who_made_it_and_holds_no_secret(account: Party) -> None:
    entries = AuditEntry.objects.filter(account=account.account)

    assert sorted(entries.values_list("action", "by")) == [
        ("account created", "tests"),
        ("client registered", "tests"),
        ("user created", "tests"),
    ]
    told = repr([(entry.before, entry.after) for entry in entries])
    assert not any(word in told for word in ("password", "secret", "whsec_", "md5$"))


def test_a_long_value_is_told_by_its_beginning_and_its_digest(account: Party) -> None:
    account.account.name = "x" * 5000

    (name, *_) = audit.facts_of(account.account).values()

    assert name.startswith("x" * 1000 + "… (5000 characters, SHA-256 ")
    assert len(name) < 1200


CHANGES: dict[str, Callable[[Party, User], object]] = {
    "account": lambda to, other: accounts.create_account(name="Another", time_zone="UTC", by=to.caller),
    "name": lambda to, other: accounts.change_account(to.account, name="New", time_zone="UTC", by=to.caller),
    "off": lambda to, other: accounts.set_enabled(to.account, False, by=to.caller),
    "signing": lambda to, other: accounts.rotate_signing_secret(to.account, by=to.caller),
    "user": lambda to, other: accounts.add_user(
        account=to.account, email="new@acme.example", password=factories.PASSWORD, by=to.caller
    ),
    "password": lambda to, other: accounts.change_password(other, "another password", by=to.caller),
    "role": lambda to, other: accounts.change_role(other, Role.READER, by=to.caller),
    "inactive": lambda to, other: accounts.set_active(other, False, by=to.caller),
    "client": lambda to, other: clients.register(account=to.account, user_id=other.pk, name="New", by=to.caller),
    "secret": lambda to, other: clients.change(
        to.client, user_id=other.pk, name="New", secret="another secret", by=to.caller
    ),
    "rotated": lambda to, other: clients.rotate(to.client, by=to.caller, now=timezone.now()),
    "revoked": lambda to, other: clients.revoke(to.client, by=to.caller, now=timezone.now()),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_entry_that_can_not_be_written_undoes_the_change(
    account: Party, monkeypatch: pytest.MonkeyPatch, change: Callable[[Party, User], object]
) -> None:
    def fail(*rows: object) -> None:
        raise DatabaseError

    def stored() -> list[object]:
        return [list(model.objects.order_by("pk").values()) for model in (Account, User, Client, AccessToken)]

    other = factories.user(account=account.account)
    before = stored()
    monkeypatch.setattr(writes, "insert", fail)

    with pytest.raises(DatabaseError):
        change(account, other)

    assert stored() == before


@pytest.mark.parametrize(
    "wrong",
    [{"email": "Ann@acme.example"}, {"is_staff": True}, {"account": None}, {"is_superuser": True}],
)
def test_the_database_refuses_users_that_must_never_be(account: Party, wrong: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.update(**wrong)
