"""Together: what several threads want at the same moment is done by one of them, in one go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Final, Generic, TypeVar

PATIENCE: Final = 0.004  # seconds

Asked = TypeVar("Asked")
Done = TypeVar("Done")


@dataclass
class _Wish(Generic[Asked, Done]):
    """woken: released when it is done, or when it is its thread's turn to lead."""

    asked: Asked
    woken: Lock = field(default_factory=Lock)
    done: "list[Done | Exception]" = field(default_factory=list)

    def __post_init__(self) -> None:
        self.woken.acquire()


class Together(Generic[Asked, Done]):
    """
    do: what is wished for, at most so many at a time, in the order in which it came. It returns what has come of each;
    an exception is raised where it was wished for, and one that it raises itself wherever it was.
    Those who have been answered often come again at once: where fewer wait than were done the last time, they are
    waited for, up to `patience` seconds. Else the first of them would be done alone, and the others after it.
    """

    def __init__(
        self, do: Callable[[Sequence[Asked]], Sequence[Done | Exception]], *, most: int, patience: float = PATIENCE
    ) -> None:
        self._do, self._most, self._patience = do, most, patience
        self._lock = Lock()
        self._waiting: list[_Wish[Asked, Done]] = []
        self._is_led = False
        self._last = 0  # how many were done
        self._are_back = Event()

    def __call__(self, asked: Asked) -> Done:
        wish: _Wish[Asked, Done] = _Wish(asked)
        with self._lock:
            self._waiting.append(wish)
            leads, self._is_led = not self._is_led, True
            if len(self._waiting) == self._last:
                self._are_back.set()
        if not leads:
            wish.woken.acquire()
        if not wish.done:
            self._lead()
        [done] = wish.done
        if isinstance(done, Exception):
            raise done
        return done

    def _lead(self) -> None:
        """Do what has come; whoever came then leads next."""
        self._gather()
        with self._lock:
            wishes, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._last = len(wishes)
        try:
            done = self._do([wish.asked for wish in wishes])
        except Exception as error:
            done = [error] * len(wishes)
        finally:
            with self._lock:
                self._is_led = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].woken.release()
        for wish, each in zip(wishes, done, strict=True):
            wish.done.append(each)
            wish.woken.release()

    def _gather(self) -> None:
        with self._lock:
            is_short = len(self._waiting) < self._last
            self._are_back.clear()
        if is_short:
            self._are_back.wait(self._patience)
