"""
Django's PostgreSQL, but for how it finds out that a connection has died, without asking the server, and how it reads
moments, in a tenth of the time.
"""

import select
from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql import base
from psycopg.adapt import Buffer, Loader


class MomentLoader(Loader):
    """Moments in the ISO form that PostgreSQL writes them in; the connection's time zone is that of the project."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(bytes(data).decode())


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if self.timezone == UTC:
            connection.adapters.register_loader("timestamptz", MomentLoader)
        return connection

    def is_usable(self) -> bool:
        """
        Whether nothing has come from the server since its last answer. One that ends a connection says so, or the
        system does in its place: an idle connection with something to read is none to go on with. Django would send a
        statement, before each call, that takes as long as another of the few that a call needs.
        """
        if self.connection is None or self.connection.closed:
            return False
        ready = select.poll()
        ready.register(self.connection.fileno(), select.POLLIN)
        return not ready.poll(0)
