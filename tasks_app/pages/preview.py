"""The next runs of a schedule while somebody types it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clients_app.models import Account
from tasks_app import clock_changes
from tasks_app.clock_changes import Upcoming
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask
from tasks_app.pages.account_task_form import AccountTaskForm
from tasks_app.schedules import Schedule

SHOWN: Final = 5  # slots


@dataclass(frozen=True)
class Preview:
    slots: list[Upcoming]
    remarks: list[str]


def preview(form: AccountTaskForm, *, account: Account, row: AccountTask | None, now: datetime) -> Preview:
    """What it comes to if it is saved now. row: the account task that it is about, None for a new one."""
    schedule = form.shown_schedule()
    if schedule is None:
        return Preview([], ["Put right what is marked in the schedule, then the next runs stand here."])
    timetable = schedule.timetable(registered_at=row.created_at if row else now, zone=account.zone)
    first = timetable.next_after(now) if row else timetable.first_run_at(now)
    slots = timetable.beginning_at(first, SHOWN)
    remarks = [*form.remarks(), *_remarks(schedule, first, now)]
    if slots and not form.shown_enabled():
        remarks.append("It is paused: none of these comes until it is resumed.")
    return Preview(clock_changes.upcoming(timetable, slots), remarks)


def _remarks(schedule: Schedule, first: datetime | None, now: datetime) -> Iterator[str]:
    is_single, has_begun = schedule.frequency == Frequency.NONE, schedule.start_at and schedule.start_at < now
    if first and first < now:
        yield "The first run has passed, but less than 24 hours ago: it comes at once."
    elif first and has_begun:
        yield "The first run lies in the past: what has passed is not caught up."
    elif first:
        return
    elif is_single and schedule.start_at is None:
        yield "It has no schedule: it runs when somebody asks for it."
    elif is_single:
        yield "There is no next run: the only one lies in the past, and is not caught up."
    elif schedule.finish_at and schedule.finish_at < now:
        yield "There is no next run: the last moment lies in the past."
    else:
        yield "There is no next run: none comes before the last moment."
