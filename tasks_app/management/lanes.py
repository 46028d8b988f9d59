"""How one process dispatches a lot: in two lanes, of which one computes while the database works for the other."""

from concurrent.futures import ThreadPoolExecutor, wait

from django.db import close_old_connections, connection, connections

from tasks_app import clock, dispatch


class Lanes:
    """
    Dispatches in batches, a transaction each. The second lane, a thread with a connection of its own, is open while
    there is more to do than one batch. SQLite, which has one writer at a time, has no second lane.
    """

    def __init__(self) -> None:
        self._second = ThreadPoolExecutor(1) if connection.features.has_select_for_update_skip_locked else None
        self._is_busy = False

    def close(self) -> None:
        if self._second:
            self._second.submit(connections.close_all)
            self._second.shutdown()

    def dispatch(self) -> bool:
        """A batch in each lane that is open. Whether there may be more to do."""
        beside = [self._second.submit(_batch_of_second)] if self._second and self._is_busy else []
        try:
            moved = [_batch()]
        finally:
            wait(beside)
        moved += [each.result() for each in beside]
        self._is_busy = dispatch.BATCH in moved
        return self._is_busy


def _batch() -> int:
    return dispatch.dispatch_due(now=clock.now())


def _batch_of_second() -> int:
    """With a new connection after an error; whoever calls `dispatch` sees to that of the first."""
    close_old_connections()
    return _batch()
