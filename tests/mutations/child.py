"""One process that tests a copy. All that is ours is imported from there; the rest is there already (see `preload`)."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

OPTIONS = [
    *("-p", "pytest_django.plugin", "-p", "pytest_socket"),
    *("-p", "no:cacheprovider", "--quiet", "-m", ""),  # with those that take long
]


def test(folder: Path, database_url: str, tests: list[str], template: Path | None) -> None:
    """Ends the process as pytest does. template: a database of SQLite that is migrated, made by the first."""
    import pytest

    with (folder / "output").open("w") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    os.environ |= {"DATABASE_URL": database_url, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    if template:
        _migrate_once(template)
    code = pytest.main([*OPTIONS, f"--junit-xml={folder / 'tests.xml'}", *tests])
    sys.stdout.flush()
    os._exit(code)


def _migrate_once(template: Path) -> None:
    from django.core.management.commands.migrate import Command
    from django.db import connection

    migrate = Command.handle

    def handle(self: Command, *arguments: Any, **options: Any) -> None:
        if template.exists():
            shutil.copy(template, connection.settings_dict["NAME"])
            return
        migrate(self, *arguments, **options)
        connection.close()  # all of it is in the file then
        shutil.copy(connection.settings_dict["NAME"], template)

    Command.handle = handle  # type: ignore[method-assign,assignment]
