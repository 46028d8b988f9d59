"""The units of systemd start what there is, the way the service wants to be started and stopped."""

import os
import re
import shlex
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from tests.acceptance.service import PROJECT
from tests.deploy.place import DEPLOY, UNITS, as_on_this_machine, program, settings_of_the_readme

PROGRAMS = Path(sys.executable).parent
SANDBOX = DEPLOY / "systemd" / "account-tasks-.service.d" / "sandbox.conf"
OF_PYTHON = {"PYTHONDONTWRITEBYTECODE"}
EXPOSURE = 20  # of 100, as systemd-analyze judges it: below it is "OK"

every_unit = pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)


def section(path: Path, name: str = "Service") -> dict[str, str]:
    parser = RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(path)
    return dict(parser[name])


@every_unit
def test_a_unit_starts_a_command_that_there_is(path: Path) -> None:
    words = shlex.split(as_on_this_machine(section(path)["ExecStart"]))

    if words[0].endswith("/granian"):
        assert words == web_server_of_the_procfile()
    else:
        assert words[:2] == [str(PROGRAMS / "python"), "manage.py"]
        command = load_command_class(get_commands()[words[2]], words[2])
        values = [word.replace("${HOST}", "127.0.0.1") for word in words[3:]]
        command.create_parser("manage.py", words[2]).parse_args(values)


def web_server_of_the_procfile() -> list[str]:
    line = (PROJECT / "Procfile").read_text().splitlines()[0]
    wanted = line.removeprefix("web: exec ").replace("${HOST:-127.0.0.1}", "${HOST}").replace("$PORT", "%i")
    return shlex.split(f"{PROGRAMS}/{wanted}")


@pytest.mark.parametrize("path", [*UNITS, SANDBOX], ids=lambda path: path.name)
def test_what_a_unit_sets_is_a_setting(path: Path) -> None:
    names = set(re.findall(r"(\w+)=", section(path).get("Environment", "")))

    assert names <= settings_of_the_readme() | OF_PYTHON


def test_a_worker_has_the_time_to_stop_that_it_takes() -> None:
    seconds = int(section(DEPLOY / "systemd" / "account-tasks-worker@.service")["TimeoutStopSec"])

    assert seconds > settings.STOP_SECONDS


@pytest.mark.parametrize(
    "path", [path for path in UNITS if section(path)["Type"] == "exec"], ids=lambda path: path.name
)
def test_what_goes_on_for_ever_is_started_again_and_has_an_end_of_memory(path: Path) -> None:
    unit = section(path)

    assert unit["Restart"] == "always"
    assert {"MemoryMax", "TasksMax", "TimeoutStopSec"} <= unit.keys()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder of systemd with all units, of this project."""
    for path in (DEPLOY / "systemd").rglob("*.*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(DEPLOY / "systemd")
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(as_on_this_machine(path.read_text()))
    return tmp_path


@pytest.mark.parametrize(
    "path", [*UNITS, *(DEPLOY / "systemd").glob("*.timer")], ids=lambda path: path.name.replace("@", "")
)
def test_systemd_finds_nothing_wrong_with_a_unit(path: Path, installed: Path) -> None:
    name = path.name.replace("@.", "@8000.")

    said = asked_systemd("verify", "--man=no", str(installed / name), units=installed)

    assert said == ""


@every_unit
def test_a_unit_is_in_a_sandbox(path: Path, installed: Path) -> None:
    name = path.name.replace("@.", "@8000.")

    asked_systemd("security", "--offline=true", f"--threshold={EXPOSURE}", str(installed / name), units=installed)


def asked_systemd(*arguments: str, units: Path) -> str:
    """What systemd-analyze says when it ends well. A colon at the end: after ours come the units of the machine."""
    environ = os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:", "SYSTEMD_LOG_LEVEL": "warning"}
    command = [program("systemd-analyze"), *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr
