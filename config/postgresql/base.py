"""Django's PostgreSQL, but for how it finds out that a connection of the pool has died: without asking the server."""

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """
        A connection of the pool that is alive. An empty statement, which CONN_HEALTH_CHECKS would send each time, takes
        as long as another of the few that a call needs.
        """
        while True:
            connection = super().get_new_connection(conn_params)
            if not self.pool or is_quiet(connection):
                return connection
            connection.close()
            self.pool.putconn(connection)  # which makes another one in its place


def is_quiet(connection: Any) -> bool:
    """
    Whether nothing has come from the server since the last answer. A server that ends a connection says so, or the
    system does in its place: an idle connection with something to read is none to go on with.
    """
    if connection.closed:
        return False
    ready = select.poll()
    ready.register(connection.fileno(), select.POLLIN)
    return not ready.poll(0)
