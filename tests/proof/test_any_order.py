"""Whatever is done to account tasks, in any order: they are what a dictionary would hold, and so are the answers."""

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests import factories
from tests.api.calls import ACCOUNT_TASKS, Api
from tests.proof.conftest import Report

STEPS = 50  # of an example
FREQUENCIES = st.sampled_from(["NONE", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY"])
NOTIFICATIONS = st.sampled_from(["NONE", "SUCCESS", "FAILURE", "ALL"])
PARAMETERS = st.sampled_from(["{}", '{"a": 1}', "[]", '"\u20ac"'])
NUMBERS = count()


class AccountTasks(RuleBasedStateMachine):
    """The model: of each account task its members, whether it is deleted, and how its latest run is."""

    ids = Bundle("ids")
    steps = 0

    @initialize()
    def begin(self) -> None:
        self.account = factories.party(name=f"Party{next(NUMBERS)}")
        self.api = Api().of(self.account)
        self.task = str(factories.task().pk)
        self.rows: dict[str, dict[str, Any]] = {}
        self.runs: dict[str, tuple[str, str]] = {}
        self.deleted: set[str] = set()

    def call(self, method: str, key: str, verb: str = "", body: dict[str, Any] | None = None) -> Any:
        type(self).steps += 1
        path = f"{ACCOUNT_TASKS}/{key}{verb}"
        return getattr(self.api, method)(path, body) if body else self.api.call(method.upper(), path)

    def expect(self, answer: Any, key: str, status: int = 200) -> bool:
        """Whether it was there to be changed; whoever is deleted looks like one that never was."""
        wanted = 404 if key in self.deleted else status
        assert answer.status == wanted, answer.text
        return wanted == 200

    @rule(target=ids, frequency=FREQUENCIES, parameters=PARAMETERS, notification=NOTIFICATIONS)
    def create(self, frequency: str, parameters: str, notification: str) -> str:
        type(self).steps += 1
        members = {"Frequency": frequency, "Parameters": parameters, "Notification": notification}
        asked = {"TaskID": self.task, "ContentType": "application/json", **members}
        answer = self.api.post(ACCOUNT_TASKS, asked)
        assert answer.status == 201, answer.text
        key: str = answer.detail["ID"]
        self.rows[key] = {"Enabled": True, **members}
        return key

    @rule(key=ids, frequency=FREQUENCIES, parameters=PARAMETERS)
    def replace(self, key: str, frequency: str, parameters: str) -> None:
        members = {"Frequency": frequency, "Parameters": parameters}
        asked = {"TaskID": self.task, "ContentType": "application/json", **members}
        if self.expect(self.call("put", key, "", asked), key):
            self.rows[key] |= {**members, "Notification": "NONE"}

    @rule(key=ids, notification=NOTIFICATIONS, enabled=st.booleans())
    def edit(self, key: str, notification: str, enabled: bool) -> None:
        members = {"Notification": notification, "Enabled": enabled}
        if self.expect(self.call("patch", key, "", members), key):
            self.rows[key] |= members

    @rule(key=ids, enabled=st.booleans())
    def pause_or_resume(self, key: str, enabled: bool) -> None:
        if self.expect(self.call("post", key, "/enable" if enabled else "/disable"), key):
            self.rows[key]["Enabled"] = enabled

    @rule(key=ids)
    def delete(self, key: str) -> None:
        if self.expect(self.call("delete", key), key):
            self.deleted.add(key)

    @rule(key=ids)
    def restore(self, key: str) -> None:
        answer = self.call("post", key, "/restore")
        assert answer.status == (200 if key in self.deleted else 404), answer.text
        self.deleted.discard(key)

    @rule(key=ids)
    def run(self, key: str) -> None:
        is_going_on = self.runs.get(key, ("", ""))[1] == "QUEUED"
        type(self).steps += 1
        answer = self.api.call("POST", f"{ACCOUNT_TASKS}/run?id={key}")
        if self.expect(answer, key, 409 if is_going_on else 200):
            self.runs[key] = (self.call("get", key, "/runs").detail[0]["ID"], "QUEUED")

    @rule(key=ids)
    def cancel(self, key: str) -> None:
        run, state = self.runs.get(key, ("", ""))
        if run and self.expect(self.call("post", key, f"/runs/{run}/cancel"), key, 200 if state == "QUEUED" else 409):
            self.runs[key] = (run, "CANCELLED")

    @invariant()
    def the_rows_are_those_of_the_model(self) -> None:
        if not hasattr(self, "rows"):
            return
        found = {row["ID"]: row for row in self.api.get(f"{ACCOUNT_TASKS}?limit=1000").detail}
        assert found.keys() == self.rows.keys() - self.deleted
        for key, row in found.items():
            state = self.runs.get(key, ("", "PENDING"))[1]
            assert {name: row[name] for name in self.rows[key]} == self.rows[key]
            assert row["Status"] == state


def walk(report: Report, examples: int, kind: str) -> None:
    AccountTasks.steps = 0
    quiet = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(AccountTasks, settings=quiet)
    report(
        "T10",
        f"create, replace, edit, pause, resume, delete, restore, run and cancel in any order, {kind}",
        found=f"{AccountTasks.steps:,} calls in {examples} orders, all as a dictionary has it",
        wanted="no other answer, no other row",
        met=AccountTasks.steps > examples,
    )


@pytest.mark.django_db
def test_a_few_orders(report: Report) -> None:
    walk(report, 5, "a few")


@pytest.mark.proof
@pytest.mark.django_db
def test_ten_thousand_calls(report: Report) -> None:
    walk(report, 300, "many")
