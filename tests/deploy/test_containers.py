"""The image and what is made of it: the same commands, and settings that there are."""

import json
import shlex
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.acceptance.service import PROJECT
from tests.deploy.place import DEPLOY, settings_of_the_readme

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
OURS = {name: each for name, each in COMPOSE["services"].items() if each["image"] == "account-tasks"}

every_service = pytest.mark.parametrize("service", OURS.values(), ids=OURS)


def test_the_image_starts_the_web_server_as_the_procfile_does() -> None:
    line = (PROJECT / "Procfile").read_text().splitlines()[0].removeprefix("web: exec ")
    wanted = line.replace("${HOST:-127.0.0.1}", "0.0.0.0").replace("$PORT", "8000")  # noqa: S104 (inside a container)

    started = next(line for line in CONTAINERFILE.splitlines() if line.startswith("CMD "))

    assert json.loads(started.removeprefix("CMD ")) == shlex.split(wanted)


def test_what_the_image_copies_is_there() -> None:
    copied = [
        line.split()[1:-1] for line in CONTAINERFILE.splitlines() if line.startswith("COPY ") and "--" not in line
    ]

    assert copied
    assert all((PROJECT / name).exists() for names in copied for name in names)


@every_service
def test_a_container_starts_a_command_that_there_is(service: dict[str, Any]) -> None:
    words = service.get("command", ["python", "manage.py", "check"])

    assert words[:2] == ["python", "manage.py"]
    command = load_command_class(get_commands()[words[2]], words[2])
    command.create_parser("manage.py", words[2]).parse_args(words[3:])


@every_service
def test_what_a_container_sets_is_a_setting(service: dict[str, Any]) -> None:
    assert service.get("environment", {}).keys() <= settings_of_the_readme()


@pytest.mark.parametrize("service", COMPOSE["services"].values(), ids=COMPOSE["services"])
def test_a_container_may_as_little_as_possible(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
