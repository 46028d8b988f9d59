"""How one process dispatches a lot: in two lanes, of which one computes while the database works for the other."""

from concurrent.futures import Future, ThreadPoolExecutor

from django.db import close_old_connections, connection, connections

from tasks_app import clock, dispatch


class Lanes:
    """
    Dispatches in batches, a transaction each. The second lane, a thread with a connection of its own, opens when a
    batch was full, and goes on by itself for as long as those of both are; neither waits for the other. SQLite, which
    has one writer at a time, has no second lane.
    """

    def __init__(self) -> None:
        self._second = ThreadPoolExecutor(1) if connection.features.has_select_for_update_skip_locked else None
        self._beside: Future[bool] | None = None
        self._is_busy = False

    def close(self) -> None:
        self._is_busy = False
        if self._second:
            self._second.submit(connections.close_all)
            self._second.shutdown()

    def dispatch(self) -> bool:
        """A batch in the first lane. Whether there may be more to do. What went wrong in the second is raised too."""
        if self._second and self._is_busy and not self._beside:
            self._beside = self._second.submit(self._go_on)
        self._is_busy = _is_full_batch(look_first=not self._is_busy)
        if self._beside and (self._beside.done() or not self._is_busy):
            beside, self._beside = self._beside, None
            self._is_busy |= beside.result()
        return self._is_busy

    def _go_on(self) -> bool:
        """
        Whether the last batch was full. With a new connection after an error; whoever calls `dispatch` sees to that of
        the first.
        """
        is_full = True
        while is_full and self._is_busy:
            close_old_connections()
            is_full = _is_full_batch(look_first=False)
        return is_full


def _is_full_batch(*, look_first: bool) -> bool:
    return dispatch.dispatch_due(now=clock.now(), look_first=look_first) == dispatch.BATCH
