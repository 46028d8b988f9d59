"""What Prometheus is told of the service."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from prometheus_client import CollectorRegistry, generate_latest

from tasks_app import clock, health, metrics
from tasks_app.models import AccountTask, TaskRun
from tasks_app.models.task_run import State
from tests import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def kept_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own, which its transaction goes on in."""
    monkeypatch.setattr("tasks_app.metrics.connections.close_all", lambda: None)


def told() -> dict[str, float]:
    """By name and labels."""
    registry = CollectorRegistry()
    registry.register(metrics.OfTheService())
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    parts = [line.removeprefix("account_tasks_").rpartition(" ") for line in lines]
    return {name: float(value) for name, _, value in parts}


def test_a_service_that_has_nothing_to_do(db: None) -> None:
    health.beat(health.DISPATCHER, now=clock.now())

    facts = told()

    assert facts.pop("dispatcher_beat_age_seconds") < 10
    assert facts.pop("database_up") == 1
    assert set(facts.values()) == {0}
    assert {'runs_stuck{why="worker_lost"}', 'runs_of_last_hour{state="succeeded"}'} < set(facts)


def test_no_dispatcher_has_ever_run(db: None) -> None:
    facts = told()

    assert facts["dispatcher_beat_age_seconds"] == float("inf")
    assert facts["problems"] == 1


def test_slots_that_nobody_dispatches(account_task: AccountTask) -> None:
    AccountTask.objects.update(next_run_at=clock.now() - 2 * MINUTE)

    facts = told()

    assert 119 < facts["dispatch_lag_seconds"] < 150
    assert facts["slots_overdue"] == 1


def test_runs_by_what_has_become_of_them(account_task: AccountTask) -> None:
    now = clock.now()
    factories.run(account_task, state=State.QUEUED, now=now - 7 * MINUTE)
    factories.run(account_task, state=State.RUNNING, now=now - 3 * MINUTE)
    factories.run(account_task, state=State.SUCCEEDED, now=now - MINUTE)
    factories.run(account_task, state=State.FAILED, now=now - 2 * 60 * MINUTE)
    TaskRun.objects.filter(state=State.RUNNING).update(leased_until=now - 2 * MINUTE)

    facts = told()

    assert (facts["runs_queued"], facts["runs_running"]) == (1, 1)
    assert 7 * 60 <= facts["queue_age_seconds"] < 8 * 60
    assert facts['runs_stuck{why="worker_lost"}'] == 1
    assert facts['runs_stuck{why="not_begun"}'] == 1
    by_state = {state: facts[f'runs_of_last_hour{{state="{state}"}}'] for state in ("queued", "succeeded", "failed")}
    assert by_state == {"queued": 1, "succeeded": 1, "failed": 0}


def test_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(clock, "now", away)

    assert told() == {"database_up": 0}


def test_the_dashboard_asks_for_metrics_that_there_are(db: None) -> None:
    dashboard = json.loads((settings.BASE_DIR / "config/deploy/grafana.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"account_tasks_(\w+)", target["expr"])
    }
    of_requests = {"requests_total", "request_seconds_bucket"}

    assert asked - of_requests == {name.partition("{")[0] for name in told()}
    assert of_requests < asked
    for panel in dashboard["panels"]:
        assert panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}"
