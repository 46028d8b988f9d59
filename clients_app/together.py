"""
Writes of several threads in one transaction, for SQLite: it has one writer at a time, and what a transaction costs is
the pages that it leaves behind, most of which writes of the same kind have in common.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from django.db import transaction

Result = TypeVar("Result")


class _Write(Generic[Result]):
    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self.is_over = False
        self.error: BaseException | None = None
        self.result: Any = None

    def do(self) -> None:
        with transaction.atomic():
            self.result = self._work()


_waiting: Final[deque[_Write[Any]]] = deque()
_leading: Final = Lock()


def together(work: Callable[[], Result]) -> Result:
    """
    What `work` returns or raises, in a transaction; it may be called by another thread, with that one's connection.
    Whoever comes first does it for all who came while the one before was at it.
    """
    write = _Write(work)
    _waiting.append(write)
    with _leading:
        if not write.is_over:
            _lead([_waiting.popleft() for _ in range(len(_waiting))])
    if write.error:
        raise write.error
    result: Result = write.result
    return result


def _lead(writes: list[_Write[Any]]) -> None:
    try:
        if len(writes) == 1:
            writes[0].do()
            return
        with transaction.atomic():
            for write in writes:
                try:
                    write.do()
                except Exception as error:
                    write.error = error
    except BaseException as error:
        for write in writes:
            write.error = write.error or error
    finally:
        for write in writes:
            write.is_over = True
