#!/usr/bin/env python3
"""Start here: every command of the project."""

import os
import sys
from pathlib import Path

VENV = Path(__file__).resolve().parent / ".venv"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        import environ  # noqa: F401 (a machine's own Django may be there without the rest)
        from django.core.management import execute_from_command_line
    except ImportError:
        _go_on_in_the_virtual_environment()
    else:
        execute_from_command_line(sys.argv)


def _go_on_in_the_virtual_environment() -> None:
    """The same command with the interpreter that has the project's packages, where `make` has made it."""
    python = VENV / "bin" / "python"
    if Path(sys.prefix) == VENV or not python.exists():
        sys.exit("The project's packages are not installed. Run `make install` first.")
    os.execv(python, [str(python), *sys.argv])  # noqa: S606 (our own interpreter)


if __name__ == "__main__":
    main()
