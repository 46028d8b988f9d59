"""
The clock of the database: it alone decides what is due and whose lease is over, since the clocks of the machines that
the service runs on may be wrong. On SQLite it is the machine's own.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from clients_app.statements import executed


class _Now(Now):
    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # SQLite compares texts, and stored moments have six digits: .896000 must not be later than .896.
        template = "STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f000', 'NOW')"
        return self.as_sql(compiler, connection, template=template, **context)


NOW: Now = _Now()
"""The moment at which the statement that it stands in begins."""


def now() -> datetime:
    """What time it is now, with microseconds where the database has them."""
    text = "clock_timestamp()" if connection.vendor == "postgresql" else _SQLITE_NOW
    (moment,) = executed(f"SELECT {text}", []).fetchone()
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment).replace(tzinfo=UTC)


_SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
