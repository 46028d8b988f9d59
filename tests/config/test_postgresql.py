"""Our PostgreSQL is Django's but for the time that it takes."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.backends.postgresql import psycopg_any
from psycopg import postgres

from config.postgresql.base import MomentLoader

MOMENTS = [
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, 59, 100, tzinfo=UTC),
    datetime(1883, 11, 18, 12, 3, 58, 999_999, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, 500_000, tzinfo=UTC),
]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no type for moments")
@pytest.mark.django_db
@pytest.mark.parametrize("moment", MOMENTS)
def test_moments_are_read_as_django_reads_them(moment: datetime) -> None:
    read = asked("SELECT %s::timestamptz, ARRAY[%s::timestamptz]", moment)
    adapters = connection.connection.adapters

    assert adapters.get_loader(postgres.types["timestamptz"].oid, psycopg.pq.Format.TEXT) is MomentLoader
    adapters.register_loader("timestamptz", DjangosLoader)
    by_django = asked("SELECT %s::timestamptz, ARRAY[%s::timestamptz]", moment)
    adapters.register_loader("timestamptz", MomentLoader)

    assert repr(read) == repr(by_django) == repr((moment, [moment]))


class DjangosLoader(psycopg_any.BaseTzLoader):  # type: ignore[misc]
    timezone = UTC


def asked(statement: str, moment: datetime) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, [moment, moment])
        return cursor.fetchone()
