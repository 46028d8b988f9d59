"""
References: how tables name tasks and clients. By their names as long as those tell which one is meant, else by their
IDs.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from clients_app.api.values import read_guid
from clients_app.documents import UNFIT
from clients_app.models import Account, Client
from tasks_app.models import AccountTask, Task

Named = TypeVar("Named", Task, Client)


class Unclear(ValueError):
    """A name or an ID stands for nothing, or for several things; a sentence that says what to do."""


class Names:
    """How each of these rows is named: by its name, unless an import could not tell by it which one is meant."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        names: dict[UUID, str] = dict(rows.values_list("pk", "name"))
        counts = Counter(name.strip() for name in names.values())
        self._said = {key: name if _is_telling(name, counts) else str(key) for key, name in names.items()}

    def of(self, key: UUID) -> str:
        return self._said.get(key, str(key))


class Known:
    """What the rows of a table may refer to, read at once. ids: those of account tasks that it names."""

    def __init__(self, account: Account, ids: Iterable[UUID]) -> None:
        own = AccountTask.objects.for_account(account).select_related("task", "client", "account")
        self.account_tasks = own.in_bulk(list(ids))
        self._tasks = list(Task.objects.all())
        self._clients = [client for client in Client.objects.for_account(account) if client.is_enabled]

    def task(self, text: str, *, usually: Task | None = None) -> Task:
        """
        By ID or name; of several with that name the one it usually is, or the only one that is switched on. Raises
        Unclear.
        """
        found = _found(text, self._tasks)
        if usually in found:
            return next(task for task in found if task == usually)
        enabled = [task for task in found if task.is_enabled]
        if len(found) > 1 and len(enabled) != 1:
            raise Unclear(f"Task: {len(found)} tasks are called that. Write the ID of the one you mean.")
        if not found:
            raise Unclear("Task must be the ID or the name of a task of the catalogue.")
        return (enabled or found)[0]

    def client(self, text: str) -> Client:
        """By ID or name, without any the only one that is enabled. Raises Unclear."""
        found = _found(text, self._clients) if text else self._clients
        if len(found) == 1:
            return found[0]
        if found:
            raise Unclear(f"Client: there are {len(found)} of them. Write the ID of the one you mean.")
        if text:
            raise Unclear("Client must be the ID or the name of an enabled client of the account.")
        raise Unclear("The account has no enabled client yet: register one before its first task.")

    def is_client(self, client: Client, text: str) -> bool:
        return bool(_found(text, [client]))


def _found(text: str, rows: Sequence[Named]) -> list[Named]:
    key = read_guid(text)
    return [row for row in rows if row.pk == key] or [row for row in rows if row.name.strip() == text]


def _is_telling(name: str, counts: Counter[str]) -> bool:
    plain = name.strip()
    return bool(plain) and counts[plain] == 1 and not read_guid(name) and not UNFIT.search(name)
