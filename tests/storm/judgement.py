"""Judgement: what must be true after a storm, and figures that are told."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.storm.crew import Crew
from tests.storm.readiness import Readiness
from tests.storm.weather import Weather

FIRST_S = 10  # from healing to the first dispatch, at most
BURST_S = 100  # until all of a burst are begun
UNFAIR = 2.0  # the progress of one account by that of another
RED_S = 30  # from breaking until /readyz says so, at most


@dataclass
class Damage:
    """What must be zero, by its name; and figures that are told."""

    wrong: dict[str, int] = field(default_factory=dict)
    told: dict[str, object] = field(default_factory=dict)

    @property
    def is_none(self) -> bool:
        return not any(self.wrong.values())


def of(weather: Weather, crew: Crew, calls: Counter[str], log: str, restarts: list[float]) -> Damage:
    from django.db import connection
    from django.db.models import Count, F

    from tasks_app.models import AccountTask, Attempt, TaskRun
    from tasks_app.models.task_run import Outcome, State

    slots = TaskRun.objects.filter(due_at__isnull=False)
    doubled = slots.values("account_task", "due_at").annotate(number=Count("pk")).filter(number__gt=1)
    succeeded = {str(key) for key in TaskRun.objects.filter(state=State.SUCCEEDED).values_list("pk", flat=True)}
    known = {str(key) for key in TaskRun.objects.values_list("pk", flat=True)}
    attempts = Attempt.objects.filter(outcome=Outcome.WORKER_LOST, finished_at__isnull=False)
    lost = [(one.worker, one.started_at, one.finished_at or one.started_at) for one in attempts]
    robbed = 0
    for worker, started_at, finished_at in lost:
        was_down = any(started_at.timestamp() - 1 <= moment <= finished_at.timestamp() for moment in restarts)
        robbed += int(worker.rpartition(":")[2]) not in crew.killed and not was_down
    stale = Attempt.objects.filter(outcome=Outcome.SUCCEEDED).exclude(number=F("run__fence")).count()
    repeats = calls.total() - len(calls)
    allowed = weather.threads * (weather.kills + weather.zombies + len(restarts) // 2 * weather.workers)
    damage = Damage()
    if weather.accounts > 1:
        _judge_fairness(damage, weather)
    damage.wrong |= {
        "lost": weather.runs - slots.values("account_task").distinct().count(),
        "double": doubled.count(),
        "unfinished": TaskRun.objects.unfinished().count(),
        "not succeeded": TaskRun.objects.exclude(state=State.SUCCEEDED).count(),
        "succeeded without a call": len(succeeded - set(calls)),
        "calls with an unknown id": len(set(calls) - known),
        "stale writes accepted": stale,
        "leases taken from the living": robbed,
        "repeats beyond what crashes explain": max(0, repeats - allowed),
        "processes that ended by themselves": crew.dead(),
    }
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            damage.wrong["integrity"] = int(cursor.fetchone()[0] != "ok")
    moments = slots.values_list("due_at", "started_at")
    lags = sorted((start - slot).total_seconds() for slot, start in moments if slot and start) or [0.0]
    damage.told |= {
        "runs": TaskRun.objects.count(),
        "account tasks": AccountTask.objects.count(),
        "repeat deliveries, all with an id seen before": repeats,
        "stale writes refused": log.count("came too late"),
        "attempts whose worker was lost": len(lost),
        "s from slot to start p50": round(lags[len(lags) // 2], 3),
        "p99": round(lags[len(lags) * 99 // 100], 3),
        "the latest": round(lags[-1], 3),
        "longest until a lost attempt was noticed, s": max(
            ((end - start).total_seconds() for _, start, end in lost), default=0
        ),
    }
    return damage


def _judge_fairness(damage: Damage, weather: Weather) -> None:
    """How far each account has come, while between a tenth and nine tenths of all are begun."""
    from tasks_app.models import TaskRun

    begun = TaskRun.objects.filter(started_at__isnull=False).order_by("started_at")
    moments = list(begun.values_list("account_id", "due_at", "started_at"))
    counts = Counter(account for account, _, _ in moments)
    seen: Counter[object] = Counter()
    worst = 1.0
    for number, (account, _, _) in enumerate(moments, 1):
        seen[account] += 1
        if 0.1 <= number / len(moments) <= 0.9:
            shares = [max(seen[each], 1) / counts[each] for each in counts]
            worst = max(worst, max(shares) / min(shares))
    late = sum((start - slot).total_seconds() > BURST_S for _, slot, start in moments if slot and start)
    damage.wrong |= {
        f"begun later than {BURST_S} s": late,
        f"accounts that came more than {UNFAIR} times as far": int(worst > UNFAIR),
    }
    damage.told["progress of one account by that of another, at most"] = round(worst, 2)


def judge_outage(damage: Damage, ready: Readiness, broken_at: float, healed_at: float) -> None:
    from tasks_app.models import TaskRun

    back_at = datetime.fromtimestamp(healed_at, UTC)
    since = TaskRun.objects.filter(created_at__gte=back_at).order_by("created_at")
    dispatched = next((round((run.created_at - back_at).total_seconds(), 1) for run in since[:1]), None)
    begun = TaskRun.objects.filter(started_at__gte=back_at).order_by("started_at").values_list("started_at", flat=True)
    red, green = ready.red_after(broken_at, healed_at), ready.green_after(healed_at)
    is_long = healed_at - broken_at > RED_S
    damage.wrong |= {
        f"first dispatch later than {FIRST_S} s": int(dispatched is None or dispatched > FIRST_S),
        f"/readyz not red within {RED_S} s": int(is_long and (red is None or red > RED_S)),
        "/readyz not green again": int(green is None),
    }
    damage.told |= {
        "s from the end of the outage to the first dispatch": dispatched,
        "to the first start of a run": next((round((at - back_at).total_seconds(), 1) for at in begun[:1] if at), None),
        "to green": None if green is None else round(green, 1),
        "from its beginning to red": None if red is None else round(red, 1),
        "the slowest answer of /readyz meanwhile": round(ready.slowest(broken_at, healed_at), 1),
    }
