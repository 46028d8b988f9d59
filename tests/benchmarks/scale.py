"""
`python -m tests.benchmarks.scale [--account-tasks 1000000] [--runs 10000000] [--plans FILE]`: every page and every list
of the API, asked by a signed-in user and by a client of an account that has a tenth of it all. What takes long is told
with the plan of its slowest statement. On a durable PostgreSQL; the addresses take turns.
"""

import argparse
import http.client
import math
import statistics
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.acceptance.pages import OF_MEMBERS
from tests.acceptance.service import Service, serving
from tests.benchmarks import big_account, database, pages, plans, report
from tests.benchmarks.big_account import BigAccount
from tests.benchmarks.report import Target

ACCOUNT_TASKS, RUNS = 1_000_000, 10_000_000
WARM_UP, CALLS = 3, 20
MOST_MS, EXPLAINED_MS = 300, 100
API = "/api/v2/admin"

LISTS = (
    "status=FAILED", "status=RUNNING", "is_enabled=false", "frequency=6", "status=FAILED&frequency=6", "search=hooks",
    "search=99999", "search=nowhere", "sort=DateCreated", "sort=-DateModified", "sort=NextRunOn", "sort=-LastRunOn",
    "status=FAILED&sort=NextRunOn", "search=nowhere&status=SUCCEEDED&sort=NextRunOn",
)  # fmt: skip
QUERIES = (
    "limit=100", "limit=1000", "Status=FAILED", "Status=RUNNING", "Frequency=YEARLY", "Status=FAILED&Frequency=YEARLY",
    "Enabled=false", "TaskID={task}", "ClientID={client}", "CreatedFrom={day}", "NextRunTo={day}", "search=hooks",
    "search=99999", "search=nowhere", "search=nowhere&Status=SUCCEEDED&sort=NextRunOn", "sort=DateCreated",
    "sort=DateModified", "sort=-NextRunOn", "sort=LastRunOn", "Status=FAILED&sort=LastRunOn",
)  # fmt: skip
HISTORY = "/tasks/{account_task}"
OTHER_PAGES = (f"{HISTORY}?state=FAILED", f"{HISTORY}?state=CANCELLED", "/inbox?unread", "/clients?revoked")
RUNS_OF_IT = "/tasks/account/{account_task}/runs"
ENDPOINTS = (
    "/tasks", "/tasks/{task}", "/tasks/account/{account_task}", "/tasks/account/{account_task}/schedule",
    RUNS_OF_IT, f"{RUNS_OF_IT}?limit=1000", f"{RUNS_OF_IT}?Status=FAILED", f"{RUNS_OF_IT}?Status=CANCELLED",
    f"{RUNS_OF_IT}?sort=DateCreated", f"{RUNS_OF_IT}/{{run}}", "/clients", "/clients/{client}",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """header: that says who calls."""

    name: str
    path: str
    header: tuple[str, str]

    def at(self, service: Service) -> tuple[float, http.client.HTTPResponse, str]:
        """Seconds, and the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        began = time.perf_counter()
        connection.request("GET", self.path, headers=dict([self.header]))
        response = connection.getresponse()
        body = response.read().decode()
        spent = time.perf_counter() - began
        connection.close()
        assert response.status == 200, f"{self.path}: {response.status} {body[:500]}"
        return spent, response, body


def calls(service: Service, big: BigAccount) -> list[Call]:
    """Each page, each list with its filters and orders, and what lies deep in them."""
    cookie = ("Cookie", pages.cookies_of(service, big.owner.administrator.email))
    [bearer] = big.owner.bearer.items()
    asked = [*OF_MEMBERS.values(), *(f"/tasks?{query}" for query in LISTS), *OTHER_PAGES]
    found = [Call(path, path.format(**big.ids), cookie) for path in asked]
    found += [_deep_page(service, Call(path, path.format(**big.ids), cookie)) for path in ("/tasks", HISTORY)]
    asked = [*(f"{API}/tasks/account?{query}" for query in QUERIES), *(API + path for path in ENDPOINTS)]
    found += [Call(path, path.format(**big.ids), bearer) for path in asked]
    asked = [f"{API}/tasks/account", f"{API}{RUNS_OF_IT}"]
    return found + [_deep_list(service, Call(path, path.format(**big.ids), bearer)) for path in asked]


def _deep_page(service: Service, call: Call) -> Call:
    """The 21st one, or the last."""
    for _ in range(20):
        _, _, page = call.at(service)
        before, is_there, _ = page.partition('" rel="next"')
        if not is_there:
            break
        query = before.rsplit('href="', 1)[1].replace("&amp;", "&").partition("#")[0]
        call = Call(call.name, call.path.partition("?")[0] + query, call.header)
    return Call(f"{call.name}, page 21", call.path, call.header)


def _deep_list(service: Service, call: Call) -> Call:
    """After 50,000 rows, or the last that are there."""
    call = Call(f"{call.name}, page 501", f"{call.path}?limit=1000", call.header)
    for _ in range(50):
        _, response, _ = call.at(service)
        link = response.getheader("Link", "")
        if not link:
            break
        call = Call(call.name, link[1 : link.index(">")], call.header)
    return Call(call.name, call.path.replace("limit=1000", "limit=100"), call.header)


def measure(service: Service, measured: list[Call]) -> list[list[float]]:
    """The milliseconds of each, in order."""
    times: list[list[float]] = [[] for _ in measured]
    for number in range(WARM_UP + CALLS):
        for call, found in zip(measured, times, strict=True):
            spent, _, _ = call.at(service)
            if number >= WARM_UP:
                found.append(1000 * spent)
    return [sorted(found) for found in times]


def p99(times: list[float]) -> float:
    return times[math.ceil(0.99 * len(times)) - 1]


def tell(text: str, file: Path | None) -> None:
    if file is None:
        print(text)
    else:
        file.write_text(text)
        print(f"\nThe plans of what took more than {EXPLAINED_MS} ms are in {file}.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--account-tasks", type=int, default=ACCOUNT_TASKS)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--plans", type=Path, metavar="FILE", help="where the plans go (default: printed)")
    asked = parser.parse_args()
    with database.of_the_service(**plans.LOADED) as (empty, connection):
        began = time.perf_counter()
        big = big_account.seed(connection, asked.account_tasks, asked.runs)
        print(f"Seeded in {time.perf_counter() - began:.0f} s", flush=True)
        empty.command("collectstatic", "--no-input", "--verbosity", "0")
        with serving(empty.database_url) as service:
            measured = calls(service, big)
            times = dict(zip(measured, measure(service, measured), strict=True))
            slow = [call for call, found in times.items() if p99(found) > EXPLAINED_MS]
            explained = [
                f"{call.name}: p99 {p99(times[call]):.0f} ms; {plans.slowest(connection, partial(call.at, service))}"
                for call in slow
            ]
    report.table(
        f"{asked.account_tasks:,} account tasks and {asked.runs:,} runs, {CALLS} calls each",
        ("ms", "p50", "p99"),
        [(call.name, f"{statistics.median(found):.0f}", f"{p99(found):.0f}") for call, found in times.items()],
    )
    if explained:
        tell("\n\n".join(explained), asked.plans)
    worst = max(p99(found) for found in times.values())
    return 0 if report.targets([Target("slowest p99 ms", f"<= {MOST_MS}", f"{worst:.0f}", worst <= MOST_MS)]) else 1


if __name__ == "__main__":
    sys.exit(main())
