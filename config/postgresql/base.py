"""Django's PostgreSQL, but for how it finds out that a connection has died: without asking the server."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
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
