"""Commands: JSON for scripts, sentences for people, and nothing half done."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core import mail as outbox
from django.core.management import CommandError, call_command
from pytest_django import Settings

from clients_app import clients, secrets
from clients_app.models import Account, AuditEntry, Client, User
from tasks_app import demo, parameters, running
from tasks_app.enumerations import Frequency
from tasks_app.models import AccountTask, Task, TaskRun
from tests.factories import Party

pytestmark = pytest.mark.django_db

GUID = "b1b5a0a1-1234-4abc-8def-0123456789ab"
PASSWORD = "correct horse battery staple"


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output, stderr=output, no_color=True)
    return output.getvalue()


def json_of(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"))


def create_account(**options: str) -> list[str]:
    whole = {"name": "Acme", "email": "Ann@Acme.example", "password": PASSWORD} | options
    return ["create_account", *(part for name, value in whole.items() for part in (f"--{name}", value))]


def test_create_account_prints_its_ids_and_the_signing_secret() -> None:
    printed = json_of(*create_account(**{"time-zone": "Europe/Paris"}))

    account, user = Account.objects.get(), User.objects.get()
    assert list(printed) == ["AccountID", "UserID", "SigningSecret"]
    assert (printed["AccountID"], printed["UserID"]) == (str(account.pk), str(user.pk))
    assert secrets.decrypt(account.signing_secret) == printed["SigningSecret"]
    assert (account.name, account.time_zone) == ("Acme", "Europe/Paris")
    assert (user.email, user.account, user.may_change, user.is_staff) == ("ann@acme.example", account, True, False)
    assert user.check_password(PASSWORD)
    assert set(AuditEntry.objects.values_list("action", "by")) == {
        ("account created", "create_account"),
        ("user created", "create_account"),
    }


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"time-zone": "Mars/Olympus"}, "time_zone: must be an IANA time zone such as Europe/Paris"),
        ({"email": "no address"}, "email: Enter a valid email address."),
        ({"password": ""}, "password: must not be empty"),
        ({"name": "n" * 101}, "name: Ensure this value has at most 100 characters"),
    ],
)
def test_create_account_refuses_what_is_wrong_and_leaves_nothing(wrong: dict[str, str], sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(*create_account(**wrong))

    assert str(refused.value).startswith(sentence)
    assert not Account.objects.exists()
    assert not User.objects.exists()


def test_create_account_warns_of_a_weak_password() -> None:
    assert "Weak password: This password is too short." in run(*create_account(password="short"))
    assert User.objects.exists()


def test_create_client_prints_the_secret_this_once() -> None:
    account = json_of(*create_account())

    printed = json_of("create_client", "--email", "ANN@acme.example", "--name", "Billing")

    assert list(printed) == ["ID", "Name", "Secret", "UserID"]
    assert (printed["Name"], printed["UserID"]) == ("Billing", account["UserID"])
    client = clients.identify(UUID(printed["ID"]), {printed["Secret"]})
    assert str(client.account_id) == account["AccountID"]


@pytest.mark.parametrize(
    ("email", "name", "sentence"),
    [
        ("nobody@acme.example", "n", "No account has a user with the e-mail nobody@acme.example."),
        ("ann@acme.example", "n" * 19, "name: must have 1 to 18 characters, not blanks alone"),
    ],
)
def test_create_client_refuses_what_is_wrong(account: Party, email: str, name: str, sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("create_client", "--email", email, "--name", name)

    assert str(refused.value) == sentence
    assert Client.objects.count() == 1


def test_add_task_takes_a_known_id_a_handler_and_a_schema(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["Url"]}
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    options = ["--handler", "http_request", "--schema", str(tmp_path / "schema.json"), "--description", "Calls."]

    printed = json_of("add_task", "--id", GUID.upper(), "--name", "Call", *options)

    task = Task.objects.get()
    assert printed == {"ID": GUID, "Name": "Call"}
    assert (str(task.pk), task.handler, task.parameter_schema, task.description) == (
        GUID,
        "http_request",
        schema,
        "Calls.",
    )


def test_add_task_needs_no_more_than_a_name() -> None:
    printed = json_of("add_task", "--name", "Anything")

    task = Task.objects.get()
    assert (printed["ID"], task.parameter_schema, task.handler, task.is_enabled) == (str(task.pk), {}, "", True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "--schema"),
        ('{"type": "text"}', "parameter_schema: must be a JSON Schema: 'text' is not valid"),
        ('{"$ref": "http://127.0.0.1/"}', "parameter_schema: must be a JSON Schema: $ref http://127.0.0.1/ must begin"),
        ("[]", "parameter_schema: must be a JSON Schema: it must be an object"),
    ],
)
def test_add_task_refuses_what_is_no_schema(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "schema.json").write_text(content)

    with pytest.raises(CommandError) as refused:
        run("add_task", "--name", "n", "--schema", str(tmp_path / "schema.json"))

    assert str(refused.value).startswith(sentence)
    assert not Task.objects.exists()


@pytest.mark.parametrize("arguments", [["--id", "x", "--name", "n"], ["--schema", "no-such-file", "--name", "n"], []])
def test_add_task_refuses_what_it_can_not_read(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run("add_task", *arguments)


@pytest.mark.parametrize("key", [GUID, "00000000-0000-0000-0000-000000000000"])
def test_add_task_refuses_an_id_that_is_taken_or_zero(key: str) -> None:
    run("add_task", "--id", GUID, "--name", "first")

    with pytest.raises(CommandError):
        run("add_task", "--id", key, "--name", "second")

    assert Task.objects.get().name == "first"


def test_without_json_the_commands_speak_to_people() -> None:
    printed = run(*create_account())

    assert printed.startswith("Account Acme is there; keep the signing secret.\n")
    assert "SigningSecret: whsec_" in printed


def test_createsuperuser_makes_an_operator_and_an_audit_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda: PASSWORD)

    run("createsuperuser", "--email", "Operator@example.org")

    operator = User.objects.get()
    assert (operator.email, operator.account, operator.is_staff) == ("operator@example.org", None, True)
    assert operator.check_password(PASSWORD)
    assert AuditEntry.objects.get(action="user created").by == "createsuperuser"


def test_changepassword_leaves_an_audit_entry(account: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda: "another horse, another staple")

    run("changepassword", "ANN@acme.example")

    account.administrator.refresh_from_db()
    assert account.administrator.check_password("another horse, another staple")
    entry = AuditEntry.objects.get(action="password changed")
    assert (entry.by, entry.account, entry.after) == ("changepassword", account.account, {"password": "changed"})


@pytest.mark.parametrize(("email", "password"), [("nobody@acme.example", PASSWORD), ("ann@acme.example", "")])
def test_changepassword_refuses_what_is_wrong(
    account: Party, monkeypatch: pytest.MonkeyPatch, email: str, password: str
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda: password)

    with pytest.raises(CommandError):
        run("changepassword", email)

    assert not AuditEntry.objects.filter(action="password changed").exists()


def test_the_demo_is_loaded_once_and_told_each_time(settings: Settings) -> None:
    first, second = (run("load_demo", "--url", "http://127.0.0.1:8000") for _ in range(2))

    client = Client.objects.get()
    assert first == second
    assert clients.identify(client.pk, {settings.DEMO_PASSWORD}) == client
    assert f"client_id={client.pk} -d client_secret={settings.DEMO_PASSWORD}" in first
    assert (Account.objects.count(), User.objects.count(), Task.objects.count()) == (1, 3, len(demo.CATALOGUE))
    on_demand, hourly = AccountTask.objects.order_by("frequency")
    assert (on_demand.frequency, on_demand.next_run_at) == (Frequency.NONE, None)
    assert (hourly.frequency, hourly.next_run_at) == (Frequency.HOURLY, hourly.start_at)
    assert f"run?id={on_demand.pk}" in first
    for task in Task.objects.all():
        parameters.check_schema(task.parameter_schema)


def test_the_demos_tasks_run(settings: Settings) -> None:
    run("load_demo", "--url", "http://127.0.0.1:8000")
    on_demand = AccountTask.objects.get(frequency=Frequency.NONE)

    run("run_task", str(on_demand.pk))
    run("run_dispatcher", "--once")
    for made in TaskRun.objects.all():
        running.execute.func(made.pk.hex)

    assert set(TaskRun.objects.values_list("state", flat=True)) == {"SUCCEEDED"}
    assert {message.subject for message in outbox.outbox} == {
        "Another hour",
        "Account Tasks: Demo, the last 7 days",
    }


def test_the_demo_needs_a_password(settings: Settings) -> None:
    settings.DEMO_PASSWORD = ""

    with pytest.raises(CommandError, match="DEMO_PASSWORD is not set"):
        run("load_demo", "--url", "http://127.0.0.1:8000")


def test_a_fresh_env_file_has_fresh_secrets() -> None:
    script = Path(__file__).resolve().parents[2] / "config" / "deploy" / "new_env.py"

    first, second = (
        subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True).stdout for _ in "12"
    )

    names = [line.partition("=")[0] for line in first.splitlines() if not line.startswith("#")]
    assert names == ["SECRET_KEY", "ENCRYPTION_KEYS", "HTTPS", "DEMO_PASSWORD"]
    assert first != second
