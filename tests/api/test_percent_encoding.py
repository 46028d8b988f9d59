"""What is percent-encoded in a form, and what only looks like it."""

import time
from urllib.parse import unquote_plus

import pytest

from tasks_app.models import Task
from tests.api.calls import ACCOUNT_TASKS, FORM, Api
from tests.factories import Party

TEXTS = ["%", "%%", "%4", "%4g", "%%41", "%41%42c%", "a%20b+c%2B", "%e2%82%ac", "%E2%82%AC€", "%25%34%31", "%u0041"]


@pytest.mark.parametrize("text", TEXTS)
def test_it_is_read_as_the_standard_library_reads_it(api: Api, account: Party, task: Task, text: str) -> None:
    form = f'TaskID={task.pk}&Frequency=DAILY&ContentType=application/json&Parameters="{text}"'

    answer = api.of(account).post(ACCOUNT_TASKS, form, content_type=FORM)

    assert answer.detail["Parameters"] == f'"{unquote_plus(text)}"'


def test_a_mebibyte_of_percents_is_soon_read(api: Api, account: Party) -> None:
    api.of(account).post(ACCOUNT_TASKS, "a=1", content_type=FORM)
    began = time.process_time()

    answer = api.of(account).post(ACCOUNT_TASKS, "a=" + "%" * (2**20 - 2), content_type=FORM)

    assert answer.status == 400
    assert time.process_time() - began < 0.15
