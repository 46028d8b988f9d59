"""PostgreSQL's own benchmark with one insert of the same row, what no application can be faster than."""

import re
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests import postgresql
from tests.benchmarks import report
from tests.benchmarks.peers import rows

CLIENTS: Final = (1, 16)
SCRIPT: Final = r"""
\set caller random(0, LAST_CALLER)
\set unique random(1, 1000000000000)
INSERT INTO account_tasks (
    id, account_id, client_id, task_id, frequency, start_at, finish_at, parameters, content_type, notification,
    is_enabled, status, created_at, modified_at, modified_by
) VALUES (
    gen_random_uuid(), ('00000001-0000-7000-8000-' || lpad(to_hex(:caller::int), 12, '0'))::uuid,
    ('00000003-0000-7000-8000-' || lpad(to_hex(:caller::int), 12, '0'))::uuid, 'TASK', 'DAILY',
    '2030-01-22', '2030-12-31',
    '{"Url": "https://example.com/hooks/' || :unique || '", "Method": "POST", "Body": "Here it is."}',
    'application/json', 'FAILURE', true, 'PENDING', now(), now(), 'user@example.org'
);
"""


class Bench:
    def __init__(self, url: str) -> None:
        """url: of an empty database."""
        rows.fill(url)
        self._url = url
        self._found: dict[int, list[tuple[float, float]]] = {clients: [] for clients in CLIENTS}

    def run(self, seconds: float) -> None:
        for clients, found in self._found.items():
            found.append(self._transactions(clients, seconds))

    def show(self) -> None:
        lines = []
        for clients, found in self._found.items():
            per_second, latency = (statistics.median(column) for column in zip(*found, strict=True))
            lines.append((f"pgbench, {clients} at once", f"{per_second:,.0f}", f"{latency:.2f}"))
        report.table("The database alone, one insert of the same row", ("", "a second", "mean ms"), lines)

    def _transactions(self, clients: int, seconds: float) -> tuple[float, float]:
        """In a second, and milliseconds of one."""
        programs = postgresql.binaries()
        assert programs
        with tempfile.TemporaryDirectory(prefix="pgbench-") as folder:
            script = Path(folder) / "insert.sql"
            script.write_text(SCRIPT.replace("LAST_CALLER", str(rows.CALLERS - 1)).replace("TASK", str(rows.TASK)))
            options = ["--no-vacuum", "--protocol=prepared", f"--time={seconds:.0f}", f"--client={clients}"]
            command = [str(programs / "pgbench"), *options, f"--file={script}", self._url]
            done = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        [per_second] = re.findall(r"tps = ([\d.]+)", done)
        [latency] = re.findall(r"latency average = ([\d.]+) ms", done)
        return float(per_second), float(latency)
