"""The audit trail: what has been written down stays as it was."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from clients_app import audit
from clients_app.models import AuditEntry
from tests.factories import TESTS, Party


def by_sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "harm",
    [
        lambda: AuditEntry.objects.update(by="nobody"),
        lambda: AuditEntry.objects.all().delete(),
        lambda: by_sql("UPDATE clients_app_auditentry SET action = action"),
        lambda: by_sql("DELETE FROM clients_app_auditentry"),
    ],
)
def test_entries_are_neither_changed_nor_deleted(account: Party, harm: Callable[[], object]) -> None:
    audit.record("account changed", account.account, by=TESTS, account=account.account)
    before = list(AuditEntry.objects.values())

    with pytest.raises(IntegrityError, match="audit entries are neither changed nor deleted"), transaction.atomic():
        harm()

    assert before
    assert list(AuditEntry.objects.values()) == before
