"""ETag and If-Match: a change that was decided on an older version does not undo a newer one."""

import json

import pytest

from tasks_app import running
from tasks_app.models import AccountTask, Task, TaskRun
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, Api, asked
from tests.factories import Party


@pytest.fixture
def row(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


CHANGES = {
    "PUT": "",
    "PATCH": "",
    "DELETE": "",
    "POST disable": "/disable",
    "POST enable": "/enable",
}


def change(api: Api, change: str, row: AccountTask, **headers: str) -> int:
    method = change.split()[0]
    bodies = {"PUT": asked(row.task_id, Notification="ALL"), "PATCH": {"Notification": "ALL"}}
    body = json.dumps(bodies[method]) if method in bodies else ""
    content_type = "application/json" if body else ""
    path = f"{ACCOUNT_TASKS}/{row.pk}{CHANGES[change]}"
    return api.call(method, path, body, content_type=content_type, **headers).status


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("tag", ['"2"', '"99", "3"', 'W/"1"', "1", "x", '""', '"' + "9" * 40 + '"'])
def test_another_version_is_left_alone(api: Api, account: Party, row: AccountTask, name: str, tag: str) -> None:
    assert change(api.of(account), name, row, If_Match=tag) == 412

    fresh = AccountTask.objects.get()
    assert (fresh.version, fresh.deleted_at, fresh.notification, fresh.is_enabled) == (1, None, 0, True)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("tag", ['"1"', '"7", "1"', "*", None])
def test_the_version_that_was_read_is_changed(
    api: Api, account: Party, row: AccountTask, name: str, tag: str | None
) -> None:
    assert api.of(account).get(f"{ACCOUNT_TASKS}/{row.pk}").response["ETag"] == '"1"'

    assert change(api.of(account), name, row, **({"If_Match": tag} if tag else {})) == 200

    assert AccountTask.objects.get().version == (1 if name == "POST enable" else 2)  # it was enabled already


def test_the_refusal_says_what_to_do(api: Api, account: Party, row: AccountTask) -> None:
    answer = api.of(account).patch(f"{ACCOUNT_TASKS}/{row.pk}", {"Notification": "ALL"}, If_Match='"9"')

    assert (answer.code, answer.reason) == (
        "PRECONDITION_FAILED",
        "If-Match names another version than the one that is there: read it again, and decide anew.",
    )


def test_each_answer_names_the_version(api: Api, account: Party, task: Task) -> None:
    created = api.of(account).post(ACCOUNT_TASKS, asked(task.pk))
    path = f"{ACCOUNT_TASKS}/{created.detail['ID']}"

    changed = api.of(account).patch(path, {"Notification": "ALL"}, If_Match=created.response["ETag"])

    assert (created.response["ETag"], changed.response["ETag"]) == ('"1"', '"2"')
    assert api.of(account).get(path).response["ETag"] == '"2"'


def test_a_run_does_not_change_the_version(api: Api, account: Party, row: AccountTask) -> None:
    api.of(account).call("POST", f"{ACCOUNT_TASKS}/run?id={row.pk}")
    running.execute.func(str(TaskRun.objects.get().pk))

    assert api.of(account).get(f"{ACCOUNT_TASKS}/{row.pk}").response["ETag"] == '"1"'
