"""Together: what several threads want at the same moment is done by one of them, in one go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

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
    """

    def __init__(self, do: Callable[[Sequence[Asked]], Sequence[Done | Exception]], *, most: int) -> None:
        self._do, self._most = do, most
        self._lock = Lock()
        self._waiting: list[_Wish[Asked, Done]] = []
        self._is_led = False

    def __call__(self, asked: Asked) -> Done:
        wish: _Wish[Asked, Done] = _Wish(asked)
        with self._lock:
            self._waiting.append(wish)
            leads, self._is_led = not self._is_led, True
        if not leads:
            wish.woken.acquire()
        if not wish.done:
            self._lead()
        [done] = wish.done
        if isinstance(done, Exception):
            raise done
        return done

    def _lead(self) -> None:
        """Do what has come until now; whoever came then leads next."""
        with self._lock:
            wishes, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
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
