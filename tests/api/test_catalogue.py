"""GET api/v2/admin/tasks and tasks/{id}."""

import json
from xml.etree import ElementTree

from tasks_app.models import Task
from tests import factories
from tests.api.calls import NOWHERE, TASKS, XML, Api
from tests.factories import Party

SCHEMA = {"type": "object", "required": ["Tür"], "properties": {"Tür": {"type": "string", "pattern": "^<&>$"}}}


def test_the_catalogue_by_name_without_what_is_switched_off(api: Api, account: Party) -> None:
    rows = [factories.task(name=name) for name in ("Bells", "Alarm", "Old")]
    Task.objects.filter(name="Old").update(is_enabled=False)

    answer = api.of(account).get(TASKS)

    assert [task["Name"] for task in answer.detail] == ["Alarm", "Bells"]
    assert answer.detail[1] == api.of(account).get(f"{TASKS}/{rows[0].pk}").detail
    assert [task["Name"] for task in api.of(account).get(f"{TASKS}?sort=-Name&limit=1").detail] == ["Bells"]


def test_a_task_with_its_schema(api: Api, account: Party) -> None:
    row = factories.task(name="Ring", schema=SCHEMA)

    detail = api.of(account).get(f"{TASKS}/{row.pk}").detail
    root = ElementTree.fromstring(api.of(account).get(f"{TASKS}/{row.pk}", Accept=XML).text)  # noqa: S314 (our own)

    assert list(detail) == ["ID", "Name", "Description", "ContentTypes", "ParameterSchema"]
    assert detail["ContentTypes"] == ["application/json", "application/xml"]
    assert json.loads(detail["ParameterSchema"]) == SCHEMA
    assert root.tag == "ResponseOfTaskResponse"
    assert [item.text for item in root.iterfind("ResponseData/Detail/ContentTypes/string")] == detail["ContentTypes"]
    assert json.loads(root.findtext("ResponseData/Detail/ParameterSchema") or "") == SCHEMA


def test_one_that_is_switched_off_or_absent_is_not_there(api: Api, account: Party, task: Task) -> None:
    Task.objects.update(is_enabled=False)

    assert api.of(account).get(f"{TASKS}/{task.pk}").status == 404
    assert api.of(account).get(f"{TASKS}/{NOWHERE}").status == 404
