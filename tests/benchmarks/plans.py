"""What the database does for a call: its plans as they were carried out, taken from its own log."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.database import Connection

LOADED = {"session_preload_libraries": "auto_explain"}  # options of the server
_PLAN = re.compile(r"duration: ([\d.]+) ms  plan:\n((?:\t.*\n?)*)")
_HOW = {"log_analyze": "on", "log_buffers": "on", "log_min_duration": "0"}


def slowest(connection: Connection, call: Callable[[], object]) -> str:
    """The slowest statement of a call: EXPLAIN (ANALYZE, BUFFERS), the statement first."""
    [(data,)] = connection.execute("SHOW data_directory")
    log = Path(data).parent / "log"
    _set(connection, _HOW)
    before = log.stat().st_size
    call()
    _set(connection, dict.fromkeys(_HOW))
    with log.open("rb") as file:
        file.seek(before)
        text = file.read().decode(errors="replace")
    plans = [(float(found[1]), found[2]) for found in _PLAN.finditer(text) if "pg_reload_conf" not in found[2]]
    milliseconds, plan = max(plans, default=(0.0, "\tno statement\n"))
    return f"slowest of {len(plans)} statements: {milliseconds:.0f} ms\n{plan}"


def _set(connection: Connection, values: "dict[str, str] | dict[str, None]") -> None:
    for name, value in values.items():
        option = f"auto_explain.{name}"
        connection.execute(f"ALTER SYSTEM SET {option} = '{value}'" if value else f"ALTER SYSTEM RESET {option}")
    connection.execute("SELECT pg_reload_conf(), pg_sleep(0.3)")
