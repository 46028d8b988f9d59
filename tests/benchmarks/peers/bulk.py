"""
`python -m tests.benchmarks.peers.bulk WAY`: rows a second into the peers' table by a loop of Django's saves, by its
bulk_create, or by a bare COPY; a thousand in a transaction. The rows are made beforehand: without HTTP, a look-up or a
check.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import django
from django.db import connection, transaction

from tests.benchmarks.peers import rows, wire

AT_ONCE, TIMES = 1_000, 10
START, FINISH = datetime(2030, 1, 22, 9, tzinfo=UTC), datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC)


def main() -> None:
    os.environ.update(DJANGO_SETTINGS_MODULE="tests.benchmarks.peers.settings", PEER="")
    django.setup()
    from tests.benchmarks.peers.models import AccountTask, Client

    clients = list(Client.objects.select_related("user"))
    now = datetime.now(UTC)

    def row(number: int) -> AccountTask:
        client = clients[number % rows.CALLERS]
        return AccountTask(
            account_id=client.account_id,
            client=client,
            task_id=rows.TASK,
            frequency="DAILY",
            start_at=START,
            finish_at=FINISH,
            parameters=f'{{"Url": "https://example.com/hooks/{number}", "Method": "POST", "Body": "Here it is."}}',
            content_type=wire.JSON,
            notification="FAILURE",
            created_at=now,
            modified_at=now,
            modified_by=client.user.email,
        )

    def save(batch: list[AccountTask]) -> None:
        for each in batch:
            each.save(force_insert=True)

    def copy(batch: list[AccountTask]) -> None:
        columns = [field.attname for field in AccountTask._meta.concrete_fields]
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY account_tasks ({', '.join(columns)}) FROM STDIN") as written,
        ):
            for each in batch:
                written.write_row([getattr(each, name) for name in columns])

    ways: dict[str, Callable[[list[AccountTask]], object]] = {
        "save": save,
        "bulk_create": AccountTask.objects.bulk_create,
        "copy": copy,
    }
    into = ways[sys.argv[1]]
    batches = [[row(number) for number in range(AT_ONCE)] for _ in range(TIMES)]
    began = time.perf_counter()
    for batch in batches:
        with transaction.atomic():
            into(batch)
    print(AT_ONCE * TIMES / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
