"""Load on one application: wrk on 16 connections creates account tasks as fast as they are answered."""

import json
import secrets
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.benchmarks.peers import rows

CONNECTIONS: Final = 16
SCRIPT: Final = Path(__file__).with_name("load.lua")
Format = Literal["json", "xml"]


@dataclass(frozen=True)
class Figures:
    """created: answers 201. errors: other answers, and connections that broke. p50, p99: milliseconds."""

    created: int
    seconds: float
    p50: float
    p99: float
    errors: int

    @property
    def per_second(self) -> float:
        return self.created / self.seconds


def check_that_wrk_is_here() -> None:
    if shutil.which("wrk") is None:
        sys.exit("wrk is not on this machine: apt-get install wrk")


def put_on(port: int, body: Format, *, seconds: float) -> Figures:
    """Load for so long; wrk counts whole seconds."""
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        script = Path(folder) / "load.lua"
        script.write_text(_beginning(port, body) + SCRIPT.read_text())
        # One thread: it is the application that is to have the machine.
        options = ["--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{max(1, round(seconds))}s"]
        command = ["wrk", *options, "--timeout", "20s", "--script", str(script), f"http://127.0.0.1:{port}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return Figures(
        created=found["answers"] - found["refused"],
        seconds=found["microseconds"] / 10**6,
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        errors=found["refused"] + found["broken"],
    )


def _beginning(port: int, body: Format) -> str:
    tokens = ", ".join(f'"{rows.token(number)}"' for number in range(rows.CALLERS))
    run = secrets.token_hex(8)
    return f'format, host, task = "{body}", "127.0.0.1:{port}", "{rows.TASK}"\nrun = "{run}"\ntokens = {{{tokens}}}\n'
