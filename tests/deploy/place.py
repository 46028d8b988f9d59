"""Where the files of an installation lie, and where this machine has what they speak of."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.acceptance.service import PROJECT

DEPLOY = PROJECT / "config" / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
INSTALLED_AT = ("/opt/account-tasks/current", "/opt/account-tasks/releases/%i")


def settings_of_the_readme() -> set[str]:
    """The variables that its tables and the paragraph below them name."""
    text = (PROJECT / "README.md").read_text().partition("## Configuration")[2]
    return set(re.findall(r"`([A-Z][A-Z_]+)`", text))


def as_on_this_machine(text: str) -> str:
    """The text of a unit, with this project in the place of an installed one."""
    for place in INSTALLED_AT:
        text = text.replace(f"{place}/.venv/bin", str(Path(sys.executable).parent)).replace(place, str(PROJECT))
    return text


def program(name: str) -> str:
    """Where it is; a test that needs it says so where it is missing."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    return found
