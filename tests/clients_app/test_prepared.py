"""What is read by a statement that was made once is what the ORM would read."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients_app import bearers, clients, secrets
from clients_app.models import AccessToken, Client
from clients_app.prepared import Prepared, PreparedUpdate
from tasks_app import offers
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.factories import NOW, TESTS, Party
from tests.rows import facts

# In the order of the model's fields.
KINDS = {
    "id": UUID(int=7), "last_run_at": datetime.max.replace(tzinfo=UTC), "last_failure": "a text", "version": 77,
}  # fmt: skip


def test_the_bearer_of_a_token_is_its_client_with_user_and_account(account: Party, neighbour: Party) -> None:
    expected = AccessToken.objects.select_related("client__user", "client__account").get(client=account.client).client

    with CaptureQueriesContext(connection) as queries:
        found = bearers.find(account.token)

    assert found is not None
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        assert (found.client.user.email, found.client.account.name) == ("ann@acme.example", "Acme")
        assert found.client.user.account is found.client.account
    assert not queries
    for mine, theirs in (
        (found.client, expected),
        (found.client.user, expected.user),
        (found.client.account, expected.account),
    ):
        assert mine == theirs
        assert facts(mine) == facts(theirs)
    assert abs(found.at - timezone.now()) < timedelta(seconds=10)


@pytest.mark.parametrize("wrong", ["unknown", "expired", "revoked"])
def test_a_token_that_is_no_good_has_no_bearer(account: Party, wrong: str) -> None:
    assert bearers.find(account.token)
    if wrong == "expired":
        AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    if wrong == "revoked":
        clients.revoke(account.client, by=TESTS, now=timezone.now())

    assert bearers.find(f"{account.token}x" if wrong == "unknown" else account.token) is None


@pytest.mark.parametrize("count", [1, 3])
def test_each_of_several_is_what_one_alone_would_be(account: Party, neighbour: Party, count: int) -> None:
    tokens = [account.token, "unknown", neighbour.token, account.token][:count]
    asked = [(secrets.digest(token),) for token in tokens]

    with CaptureQueriesContext(connection) as queries:
        found = bearers._LIVE.first_of_each(asked)

    one_by_one = [bearers._LIVE.first(*each) for each in asked]
    assert [each and each[1:] for each in found] == [each and each[1:] for each in one_by_one]
    assert [each is None for each in found] == [token == "unknown" for token in tokens]
    assert len(queries) == 1


def test_several_are_asked_with_what_is_always_the_same_too(account: Party, neighbour: Party) -> None:
    query = Prepared(
        lambda name, key: Client.objects.filter(
            pk=key, name=name, user__is_active=True, name__startswith="%s?"
        ).values_list("pk", Value("100%"), Value(7)),
        fields=(Client._meta.get_field("name"), Client._meta.get_field("id")),
        stand_ins=("a name", UUID(int=2**128 - 1)),
    )
    for party in (account, neighbour):
        Client.objects.filter(pk=party.client.pk).update(name=f"%s?{party.account.name}")
    asked = [("%s?Neighbour", neighbour.client.pk), ("%s?Neighbour", account.client.pk), ("%s?Acme", account.client.pk)]

    found = query.first_of_each(asked)

    assert found == [query.first(*each) for each in asked]
    assert found == [(neighbour.client.pk, "100%", 7), None, (account.client.pk, "100%", 7)]


def test_an_offer_is_the_task_with_its_schema(db: None) -> None:
    schema = {"type": "object", "required": ["Ü"], "properties": {"Ü": {"maximum": 1e300, "enum": [None, 1.5]}}}
    task = factories.task(name="Ünïcode", schema=schema | {"x": "\\u0000"})
    other = factories.task(name="Another")

    with CaptureQueriesContext(connection) as queries:
        found = offers.find(task.pk)

    assert found == task
    assert len(queries) == 1
    assert facts(found) == facts(Task.objects.get(pk=task.pk))
    assert offers.find(other.pk) == other
    Task.objects.filter(pk=other.pk).update(is_enabled=False)
    assert offers.find(other.pk) is None


def test_a_schema_that_was_changed_counts_at_once(db: None) -> None:
    task = factories.task(schema={"type": "object"})
    assert offers.find(task.pk).parameter_schema == {"type": "object"}  # type: ignore[union-attr]

    Task.objects.filter(pk=task.pk).update(parameter_schema={"type": "array"})

    assert offers.find(task.pk).parameter_schema == {"type": "array"}  # type: ignore[union-attr]


@pytest.mark.parametrize("at", [NOW, None])
def test_an_update_does_what_that_of_the_orm_does(account: Party, task: Task, at: datetime | None) -> None:
    one, other, third = (factories.account_task(client=account.client, task=task) for _ in range(3))
    update = PreparedUpdate(
        lambda key, at, text, version: AccountTask.objects.filter(pk=key, version=version).order_by(),
        lambda key, at, text, version: {"last_run_at": at, "last_failure": text, "version": F("version") + 1},
        fields=tuple(f for f in AccountTask._meta.concrete_fields if f.attname in KINDS),
        stand_ins=tuple(KINDS.values()),
    )

    assert update.run(one.pk, at, "'\"%s\\", 1) == 1
    assert update.run(other.pk, at, "another", 2) == 0
    assert update.run(third.pk, None, "", 1) == 1

    found = {row.pk: (row.version, row.last_run_at, row.last_failure) for row in AccountTask.objects.all()}
    assert found == {one.pk: (2, at, "'\"%s\\"), other.pk: (1, None, ""), third.pk: (2, None, "")}


def test_a_value_that_is_not_asked_for_is_a_mistake(db: None) -> None:
    key = AccountTask._meta.get_field("id")
    update = PreparedUpdate(
        lambda key: AccountTask.objects.all(), lambda key: {"version": 2}, fields=(key,), stand_ins=(UUID(int=7),)
    )

    with pytest.raises(AssertionError):
        update.run(UUID(int=8))
