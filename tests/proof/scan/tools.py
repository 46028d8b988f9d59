"""The scanners: Python's in an environment that goes when the scan is over, Debian's if they are there."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.acceptance.service import PROJECT

# Each in an environment of its own: they don't agree about what they need.
PACKAGES = {"bandit": "bandit==1.9.4", "semgrep": "semgrep==1.185.0", "detect-secrets": "detect-secrets==1.5.0"}
PACKAGES |= {"wapiti": "wapiti3==3.2.3"}
OF_DEBIAN = ("sqlmap",)


class Missing(Exception):
    """A scanner can't be had on this machine."""


@contextmanager
def installed(tool: str) -> Iterator[str]:
    """Its program, until the end of the block. Raises Missing."""
    if tool in OF_DEBIAN:
        found = shutil.which(tool)
        if found is None:
            raise Missing(f"{tool} is not on this machine: apt-get install {tool}")
        yield found
        return
    with TemporaryDirectory(prefix="scan-") as folder:
        python = Path(folder, "bin", "python")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGES[tool]]
        if subprocess.run(install, check=False, capture_output=True).returncode:
            raise Missing(f"{PACKAGES[tool]} can't be installed")
        yield str(python.with_name(tool))


def said(*command: str | Path, patience: int = 1_800) -> str:
    """What the command prints, whatever it ends with: scanners end with 1 when they have found something."""
    done = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True, timeout=patience)
    if not done.stdout:
        raise RuntimeError(f"{Path(command[0]).name} said nothing but: {done.stderr[-2_000:]}")
    return done.stdout
