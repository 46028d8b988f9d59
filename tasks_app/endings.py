"""
The end of an attempt, and what becomes of its run then: it is over, or goes back to the queue for another attempt.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from clients_app import writes
from clients_app.prepared import Prepared, PreparedUpdate
from tasks_app import clock, engine, notifications
from tasks_app.models import AccountTask, Attempt, TaskRun
from tasks_app.models.task_run import LONGEST_SUMMARY, Outcome, State, TaskRunQuerySet

MOST_ATTEMPTS: Final = 8
OLDEST: Final = timedelta(hours=24)  # no attempt begins later than this after the run was made
FIRST_WAIT: Final = timedelta(seconds=15)  # at most; four times as long after each further attempt
LONGEST_WAIT: Final = timedelta(hours=6)

# The end of an attempt and the state of the run, where there is no other attempt.
STATE_AFTER: Final = {
    Outcome.SUCCEEDED: State.SUCCEEDED,
    Outcome.REFUSED: State.FAILED,
    Outcome.CANCELLED: State.CANCELLED,
}


@dataclass(frozen=True)
class Ending:
    """How an attempt ended. wait: at the least, before another one."""

    outcome: Outcome
    summary: str
    wait: timedelta = timedelta(0)


Lock = Callable[[], tuple[Any, ...] | None]
"""Locks the run of an attempt, if its end may still be written: `LOCKED` of it. Else None."""

LOCKED: Final = ("cancel_asked_at", "now")


def end(run: TaskRun, lock: Lock, ending: Ending, lines: list[str]) -> bool:
    """
    Write down the end of an attempt of the run, and what becomes of the run. False if `lock` does not find it: it has
    gone to another worker. run: as it was when the attempt began.
    """
    with transaction.atomic():
        facts = lock()
        if facts is None:
            return False
        run.cancel_asked_at, now = facts
        summary, text = _storable(ending.summary)[:LONGEST_SUMMARY], _storable("\n".join(lines))
        _ATTEMPT.run(run.pk, run.fence, now, ending.outcome, summary, text)
        if ending.outcome == Outcome.STOPPED:
            _queue(run, now, attempts=run.attempts - 1)
        elif ending.outcome in STATE_AFTER:
            close(run, STATE_AFTER[ending.outcome], summary, now)
        elif run.cancel_asked_at:
            close(run, State.CANCELLED, summary, now)
        else:
            _try_again(run, ending, now)
        return True


def locked(among: TaskRunQuerySet) -> QuerySet[TaskRun, tuple[Any, ...]]:
    """For a `Lock`: what it answers with, of the only one of these runs."""
    return among.select_for_update().order_by().annotate(now=clock.NOW).values_list(*LOCKED)


def lock_held(run: TaskRun) -> tuple[Any, ...] | None:
    """The `Lock` of an attempt that goes on."""
    return _HELD.first(run.pk, run.fence)


def _storable(text: str) -> str:
    """Without what PostgreSQL can't store."""
    return text.replace("\x00", "\ufffd")


def _try_again(run: TaskRun, ending: Ending, now: datetime) -> None:
    is_quick = ending.outcome == Outcome.WORKER_LOST  # a lease has gone by already
    at = now if is_quick else now + max(ending.wait, wait_after(run.attempts, chance=random.random()))  # noqa: S311
    if run.attempts >= MOST_ATTEMPTS:
        close(run, State.FAILED, f"{ending.summary} That was attempt {MOST_ATTEMPTS}, the last one.", now)
    elif at > run.created_at + OLDEST:
        close(run, State.FAILED, f"{ending.summary} There is no attempt after 24 hours.", now)
    else:
        _queue(run, at, attempts=run.attempts, summary=ending.summary)


def wait_after(attempts: int, *, chance: float) -> timedelta:
    """
    How long to wait after so many attempts, with full jitter: any time from zero on, up to a bound that grows by the
    attempt. chance: from 0 to 1.
    """
    return chance * min(LONGEST_WAIT, FIRST_WAIT * int(4 ** (attempts - 1)))


def _queue(run: TaskRun, at: datetime, *, attempts: int, summary: str = "") -> None:
    run.state, run.leased_until, run.next_attempt_at = State.QUEUED, None, at
    run.attempts, run.summary = attempts, summary[:LONGEST_SUMMARY]
    writes.update([run], ("state", "leased_until", "next_attempt_at", "attempts", "summary"))
    _show(run)
    engine.deliver(engine.EXECUTE, [run.pk], at=at, owners=[run.account_id])


def close(run: TaskRun, state: State, summary: str, now: datetime) -> None:
    run.state, run.summary, run.finished_at = state, summary[:LONGEST_SUMMARY], now
    run.leased_until = run.next_attempt_at = None
    writes.update([run], ("state", "summary", "finished_at", "leased_until", "next_attempt_at"))
    _show(run)
    notifications.tell(run, now=now)


def _show(run: TaskRun) -> None:
    """The account task's status is that of its latest run."""
    _STATUS.run(run.account_task_id, run.pk, run.state)


# --- statements that are made once ------------------------------------------------------------------------------------

_RUN: Final = TaskRun._meta.get_field("id")
_FENCE: Final = TaskRun._meta.get_field("fence")
_A_RUN: Final = UUID(int=2**128 - 1)
_A_FENCE: Final = 2**31 - 1

_HELD: Final = Prepared(
    lambda run, fence: locked(TaskRun.objects.held(run, fence)), fields=(_RUN, _FENCE), stand_ins=(_A_RUN, _A_FENCE)
)
_END: Final = {  # of an attempt, as none ends
    "finished_at": datetime.max.replace(tzinfo=UTC),
    "outcome": "an outcome",
    "summary": "a summary",
    "log": "a log",
}
_ATTEMPT: Final = PreparedUpdate(
    lambda run, fence, *end: Attempt.objects.filter(run=run, number=fence).order_by(),
    lambda run, fence, *end: dict(zip(_END, end, strict=True)),
    fields=(_RUN, _FENCE, *(field for field in Attempt._meta.concrete_fields if field.attname in _END)),
    stand_ins=(_A_RUN, _A_FENCE, *_END.values()),
)
_STATUS: Final = PreparedUpdate(
    lambda account_task, run, status: AccountTask.objects.filter(pk=account_task, latest_run_id=run).order_by(),
    lambda account_task, run, status: {"status": status},
    fields=(AccountTask._meta.get_field("id"), _RUN, AccountTask._meta.get_field("status")),
    stand_ins=(UUID(int=2**128 - 2), _A_RUN, "a status"),
)
