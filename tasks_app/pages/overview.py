"""The overview: what needs attention, what is to come, and what became of the past month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clients_app.callers import caller_signed_in
from clients_app.models import Account, Client
from tasks_app import clock, health, statistics
from tasks_app.models import AccountTask
from tasks_app.models.task_run import State
from tasks_app.pages import charts, own

FAILING, NEXT_SLOTS, LATEST_RUNS, DAYS = 10, 8, 10, 30


@dataclass(frozen=True)
class Attention:
    """
    failing: the first of those whose latest run failed, of failing_count; switched_off: the names of tasks that the
    catalogue has switched off, and how many account tasks are skipped for that.
    """

    is_stopped: bool
    has_client: bool
    has_account_task: bool
    failing: Sequence[AccountTask]
    failing_count: int
    switched_off: Sequence[tuple[str, int]]

    @property
    def is_needed(self) -> bool:
        lacks = not (self.has_client and self.has_account_task)
        return self.is_stopped or lacks or bool(self.failing) or bool(self.switched_off)


@require_safe
def shown(request: HttpRequest) -> HttpResponse:
    account, now = caller_signed_in(request).account, clock.now()
    context = {
        "now": now,
        "attention": _attention(account, now),
        "slots": statistics.next_slots(account, NEXT_SLOTS),
        "runs": own.runs(request).select_related("account_task__task").order_by("-created_at", "-id")[:LATEST_RUNS],
    }
    return render(request, "pages/overview.html", context | _hours(account, now) | _days(account, now))


def _attention(account: Account, now: datetime) -> Attention:
    rows = AccountTask.objects.for_account(account).select_related("task", "client")
    failing = rows.filter(status=State.FAILED).order_by("-last_run_at", "-id")
    return Attention(
        is_stopped=bool(health.problems(now)),
        has_client=Client.objects.for_account(account).enabled().exists(),
        has_account_task=rows.exists(),
        failing=list(failing[:FAILING]),
        failing_count=failing.count(),
        switched_off=statistics.switched_off(account),
    )


def _hours(account: Account, now: datetime) -> dict[str, Any]:
    """The next 24 hours: the chart, and the same as text."""
    hours = statistics.hours_from(now, account.zone)
    slots = statistics.slots_per_hour(account, hours)
    chart, changes = charts.hours_ahead(slots, hours, account.zone)
    return {"hours": chart, "changes": changes, "hour_rows": list(zip(hours, slots, strict=False)), "ahead": sum(slots)}


def _days(account: Account, now: datetime) -> dict[str, Any]:
    """The past month: the chart, its sums, and the same as text."""
    days = statistics.latest_days(account, today=now.astimezone(account.zone).date(), count=DAYS)
    counts = [(day.date, day.slots) for day in days]
    states = [State(state) for state in charts.ORDER]
    return {
        "days": charts.days(counts),
        "totals": [(state, sum(slots[state] for _, slots in counts)) for state in states],
        "day_rows": [(day, [slots[state] for state in states]) for day, slots in reversed(counts)],
    }
