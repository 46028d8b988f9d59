"""The line with which an integration may begin, run by a real shell with a curl that only writes down its call."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tasks_app import first_call
from tasks_app.models import Task
from tests import factories
from tests.factories import Party

CURL = """#!{python}
import json, sys
with open({calls!r}, "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
print('{{"token_type": "Bearer", "access_token": "act_x-Y_z", "expires_in": 1}}')
"""


def run(line: str, folder: Path) -> list[list[str]]:
    """The arguments of each curl."""
    calls, curl = folder / "calls", folder / "curl"
    curl.write_text(CURL.format(python=sys.executable, calls=str(calls)))
    curl.chmod(0o755)
    subprocess.run(["bash", "-c", line], env={"PATH": f"{folder}:/usr/bin:/bin"}, check=True, capture_output=True)
    return [json.loads(call) for call in calls.read_text().splitlines()]


def sent(call: list[str]) -> dict[str, str]:
    return dict(parse_qsl("&".join(value for option, value in pairwise(call) if option == "-d")))


@pytest.mark.parametrize("secret", ["acs_a-b_c", 'it\'s "mine" $HOME `id` & +%41 \\n é'])
def test_it_gets_a_token_and_registers_a_task(account: Party, tmp_path: Path, secret: str) -> None:
    task = factories.task(handler="account_report")

    token, register = run(first_call.line(account.client, secret, url="http://127.0.0.1:8000"), tmp_path)

    assert token[:2] == ["-s", "http://127.0.0.1:8000/Token"]
    assert sent(token) == {
        "grant_type": "client_credentials", "client_id": str(account.client.pk), "client_secret": secret
    }  # fmt: skip
    assert register[1] == "http://127.0.0.1:8000/api/v2/admin/tasks/account"
    assert "Authorization: Bearer act_x-Y_z" in register
    body: dict[str, Any] = json.loads(register[-1])
    assert body["TaskID"] == str(task.pk)
    assert json.loads(body["Parameters"]) == {"To": ["ann@acme.example"], "Days": 7}


def test_it_chooses_a_task_that_takes_what_it_sends(account: Party, tmp_path: Path) -> None:
    factories.task(handler="account_report", schema={"required": ["More"]})
    off = factories.task(handler="account_report")
    Task.objects.filter(pk=off.pk).update(is_enabled=False)
    line = first_call.line(account.client, "secret", url="http://h")
    assert run(line, tmp_path)[1][1] == "http://h/api/v2/admin/tasks"

    message = factories.task(handler="email_message")

    assert str(message.pk) in first_call.line(account.client, "secret", url="http://h")
