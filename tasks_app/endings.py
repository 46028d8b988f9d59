"""
The end of an attempt, and what becomes of its run then: it is over, or goes back to the queue for another attempt.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tasks_app import clock, engine, notifications
from tasks_app.models import AccountTask, TaskRun
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


def end(run: TaskRun, among: TaskRunQuerySet, ending: Ending, lines: list[str]) -> bool:
    """
    Write down the end of an attempt of the run, and what becomes of the run, if it is `among` those that this may be
    written for. Else False: it has gone to another worker. run: as it was when the attempt began.
    """
    with transaction.atomic():
        locked = among.select_for_update().annotate(now=clock.NOW)
        facts = locked.values_list("cancel_asked_at", "now").first()
        if facts is None:
            return False
        run.cancel_asked_at, now = facts
        summary, text = _storable(ending.summary)[:LONGEST_SUMMARY], _storable("\n".join(lines))
        run.tries.filter(number=run.fence).update(finished_at=now, outcome=ending.outcome, summary=summary, log=text)
        if ending.outcome == Outcome.STOPPED:
            _queue(run, now, attempts=run.attempts - 1)
        elif ending.outcome in STATE_AFTER:
            close(run, STATE_AFTER[ending.outcome], summary, now)
        elif run.cancel_asked_at:
            close(run, State.CANCELLED, summary, now)
        else:
            _try_again(run, ending, now)
        return True


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
    run.save(update_fields=["state", "leased_until", "next_attempt_at", "attempts", "summary"])
    _show(run)
    engine.deliver(engine.EXECUTE, [run.pk], at=at)


def close(run: TaskRun, state: State, summary: str, now: datetime) -> None:
    run.state, run.summary, run.finished_at = state, summary[:LONGEST_SUMMARY], now
    run.leased_until = run.next_attempt_at = None
    run.save(update_fields=["state", "summary", "finished_at", "leased_until", "next_attempt_at"])
    _show(run)
    notifications.tell(run, now=now)


def _show(run: TaskRun) -> None:
    """The account task's status is that of its latest run."""
    AccountTask.objects.filter(pk=run.account_task_id, latest_run_id=run.pk).update(status=run.state)
