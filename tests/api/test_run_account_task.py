"""POST api/v2/admin/tasks/account/run?id=."""

from xml.etree import ElementTree

import pytest

from clients_app.models.user import Role
from tasks_app import engine
from tasks_app.models import AccountTask, Task, TaskRun
from tasks_app.models.task_run import State
from tests import factories
from tests.api.calls import ACCOUNT_TASKS, XML, Api
from tests.factories import Party

RUN = f"{ACCOUNT_TASKS}/run"


@pytest.fixture
def account_task(account: Party, task: Task) -> AccountTask:
    return factories.account_task(client=account.client, task=task)


def test_a_run_is_queued_and_on_its_way(api: Api, account: Party, account_task: AccountTask) -> None:
    answer = api.of(account).call("POST", f"{RUN}?id={account_task.pk}")

    run = TaskRun.objects.get()
    identification = {"UserId": str(account.administrator.pk)}
    assert answer.status == 200
    assert answer.body == {
        "Error": None,
        "ResponseData": {"Identification": identification, "Result": "Success", "Detail": {}},
    }
    assert (run.account_task, run.state, run.trigger, run.due_at) == (account_task, "QUEUED", "API", None)
    assert run.asked_by == "ann@acme.example"
    assert engine.on_their_way(engine.EXECUTE) == {run.pk}


def test_the_answer_in_xml(api: Api, account: Party, account_task: AccountTask) -> None:
    answer = api.of(account).call("POST", f"{RUN}?id={account_task.pk}", Accept=XML)

    root = ElementTree.fromstring(answer.text)  # noqa: S314 (our own)
    assert root.tag == "ResponseOfObject"
    assert answer.text.endswith("<Detail /></ResponseData></ResponseOfObject>")


@pytest.mark.parametrize("form", ["{}", "({})", "{{{}}}"])
def test_the_id_is_a_guid_in_any_form(api: Api, account: Party, account_task: AccountTask, form: str) -> None:
    address = f"/api/v1/Admin/Tasks/Account/Run/?ID={form.format(str(account_task.pk).upper())}"

    assert api.of(account).call("POST", address).status == 200


@pytest.mark.parametrize("body", [b"", b"{}", b"not read"])
def test_a_body_means_nothing(api: Api, account: Party, account_task: AccountTask, body: bytes) -> None:
    answer = api.of(account).call("POST", f"{RUN}?id={account_task.pk}", body, content_type="text/plain")

    assert answer.status == 200


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_one_run_at_a_time(api: Api, account: Party, account_task: AccountTask, state: State) -> None:
    factories.run(account_task, state=state)

    answer = api.of(account).call("POST", f"{RUN}?id={account_task.pk}")

    assert (answer.status, answer.code) == (409, "RUN_IN_PROGRESS")
    assert TaskRun.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "reason"), [("", "id is required."), ("?id=7", "id must be a GUID such as"), ("?id=", "id must be")]
)
def test_an_id_that_is_none_is_refused(api: Api, account: Party, query: str, reason: str) -> None:
    answer = api.of(account).call("POST", f"{RUN}{query}")

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.reason.startswith(reason)


def test_what_another_account_has_is_not_there(
    api: Api, account: Party, neighbour: Party, account_task: AccountTask
) -> None:
    foreign = api.of(neighbour).call("POST", f"{RUN}?id={account_task.pk}")
    absent = api.of(neighbour).call("POST", f"{RUN}?id=7c0e2f64-93d1-4b58-a6f2-1d85c3b9e047")

    assert foreign.status == absent.status == 404
    assert foreign.text == absent.text
    assert TaskRun.objects.count() == 0


def test_a_task_that_is_switched_off_is_not_run(api: Api, account: Party, account_task: AccountTask) -> None:
    Task.objects.update(is_enabled=False)

    answer = api.of(account).call("POST", f"{RUN}?id={account_task.pk}")

    assert (answer.status, answer.code) == (400, "TASK_NOT_FOUND")


def test_a_reader_runs_nothing(api: Api, account: Party, account_task: AccountTask) -> None:
    account.administrator.role = Role.READER
    account.administrator.save()

    answer = api.of(account).call("POST", f"{RUN}?id={account_task.pk}")

    assert (answer.status, answer.code) == (403, "FORBIDDEN")
    assert TaskRun.objects.count() == 0


def test_only_post(api: Api, account: Party) -> None:
    answer = api.of(account).get(RUN)

    assert (answer.status, answer.response["Allow"]) == (405, "POST")
