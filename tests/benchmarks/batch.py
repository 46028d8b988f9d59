"""
`python -m tests.benchmarks.batch`: how many account tasks are registered in a second in batches of 1,000, over one
connection and over two, four and sixteen at once, on a durable PostgreSQL server. Beside it what the same rows cost
without HTTP and without all that the product does with them (`peers/bulk.py`). They take turns; medians of the rounds.
"""

import argparse
import http.client
import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from tests.acceptance.service import PROJECT
from tests.benchmarks import answers, candidates, places, report
from tests.benchmarks.candidates import PRODUCT, Candidate
from tests.benchmarks.peers import rows
from tests.benchmarks.report import Target

ITEMS: Final = 1_000  # of a batch
WANTED: Final = 15_000  # rows a second
CONNECTIONS: Final = (1, 2, 4, 16)
WAYS: Final = {"save": "a loop of Django's saves", "bulk_create": "bulk_create", "copy": "a bare COPY"}


@dataclass(frozen=True)
class Run:
    """app, database: microseconds of CPU for each row."""

    per_second: float
    app: float
    database: float


def body() -> bytes:
    """A batch that there was never before."""
    run = secrets.token_hex(8)
    texts = [
        f'{{"Url": "https://example.com/hooks/{run}/{number}", "Method": "POST", "Body": "Here it is."}}'
        for number in range(ITEMS)
    ]
    return json.dumps({"Items": [answers.ASKED | {"Parameters": text} for text in texts]}).encode()


def post(port: int, caller: int, bodies: SimpleQueue[bytes]) -> int:
    """
    One after the other on one connection, as long as there are some, which all connections share: nobody is left behind
    alone because more of them have come to his process. The number of items that were registered.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Authorization": f"Bearer {rows.token(caller)}",
    }
    registered = 0
    with suppress(Empty):
        while True:
            connection.request("POST", "/api/v2/admin/tasks/account/batch", bodies.get_nowait(), headers)
            response = connection.getresponse()
            answer = response.read()
            assert response.status == 200, answer[:1000]
            registered += answer.count(b'"Status":201,')
    connection.close()
    return registered


def run(candidate: Candidate, place: places.Place, connections: int, calls: int) -> Run:
    """Raises AssertionError unless all of it was registered."""
    bodies: SimpleQueue[bytes] = SimpleQueue()
    for _ in range(connections * calls):
        bodies.put(body())
    wanted = connections * calls * ITEMS
    before, app, database = candidate.count(), candidate.cpu_seconds(), place.cpu_seconds()
    with ThreadPoolExecutor(connections) as threads:
        began = time.perf_counter()
        registered = sum(threads.map(post, [candidate.port] * connections, range(connections), [bodies] * connections))
        spent = time.perf_counter() - began
    app, database = candidate.cpu_seconds() - app, place.cpu_seconds() - database
    added = candidate.count() - before
    assert registered == added == wanted, f"{wanted} sent, {registered} answered with 201, {added} rows"
    return Run(wanted / spent, app / wanted * 10**6, database / wanted * 10**6)


def bare(way: str, url: str) -> float:
    """Rows a second."""
    command = [sys.executable, "-m", "tests.benchmarks.peers.bulk", way]
    environ = os.environ | {"DATABASE_URL": url}
    done = subprocess.run(command, cwd=PROJECT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def measure(*, rounds: int, calls: int) -> bool:
    with places.opened(is_sqlite=False) as place:
        url = place.new("peers")
        rows.fill(url)
        with candidates.running(PRODUCT, place) as product:
            for connections in CONNECTIONS:
                run(product, place, connections, calls=1)
            runs: dict[int, list[Run]] = {connections: [] for connections in CONNECTIONS}
            bares: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for connections in CONNECTIONS:
                    runs[connections].append(run(product, place, connections, calls))
                for way in WAYS:
                    bares[way].append(bare(way, url))
    lines = []
    for connections, each in runs.items():
        speed, app, database = (
            statistics.median(getattr(run, name) for run in each) for name in ("per_second", "app", "database")
        )
        name = f"{PRODUCT.name}, {connections} at once"
        lines.append((name, f"{speed:,.0f}", f"{app:.0f}", f"{database:.0f}"))
    lines += [(WAYS[way], f"{statistics.median(each):,.0f}", "", "") for way, each in bares.items()]
    title = f"Account tasks in batches of {ITEMS:,}, PostgreSQL, durable; medians of {rounds} rounds"
    report.table(title, ("", "rows /s", "app us", "database us"), lines)
    best = max(statistics.median(run.per_second for run in each) for each in runs.values())
    what = "rows a second, the best of them"
    return report.targets([Target(what, f"at least {WANTED:,}", f"{best:,.0f}", best >= WANTED)])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--calls", type=int, default=10, help="in a round, for each connection")
    asked = parser.parse_args()
    os.environ["HTTPS"] = "false"
    return 0 if measure(rounds=asked.rounds, calls=asked.calls) else 1


if __name__ == "__main__":
    sys.exit(main())
