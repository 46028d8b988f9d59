"""
`python -m tests.benchmarks.pages`: the page /tasks of an account with 100,000 account tasks, deep, sorted, filtered and
searched, with all that it counts, as multiples of the same page of an account with a hundred. Signed in, over HTTP.
`--postgresql` with a server of its own, else SQLite. The calls take turns; medians of the rounds. Last the
export of all of them.
"""

import argparse
import http.client
import http.cookiejar
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlencode

from tests import postgresql
from tests.acceptance.conftest import Customer, customer_of
from tests.acceptance.service import PASSWORD, Service, serving
from tests.benchmarks import lists

ROUNDS, WARM_UP = 9, 6
MOST = 3  # times the page of a hundred
SMALL = "sam@small.example"
BIG = "ann@acme.example"


def seed(customer: Customer) -> None:
    """What the benchmark of lists has, and an account with a hundred of its rows."""
    service = customer.service
    service.json_of("create_account", "--name", "Small", "--email", SMALL, "--password", PASSWORD)
    own = service.json_of("create_client", "--email", SMALL, "--name", "Small")
    lists.seed(customer)

    from clients_app.models import Client
    from clients_app.models.keys import new_key
    from tasks_app.models import AccountTask

    client = Client.objects.get(pk=own["ID"])
    rows = list(AccountTask.objects.filter(client__name="Acceptance").order_by("created_at")[:100])
    for row in rows:
        row.pk, row.account_id, row.client = new_key(), client.account_id, client
    AccountTask.objects.bulk_create(rows)


def cookies_of(service: Service, email: str) -> str:
    """The Cookie header of somebody who has signed in."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = f"http://127.0.0.1:{service.port}/sign-in"
    browser.open(address).read()
    [token] = [cookie.value for cookie in jar if cookie.name == "csrftoken"]
    form = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": token, "next": "/tasks"}
    browser.open(address, urlencode(form).encode()).read()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def call(service: Service, path: str, cookies: str) -> tuple[float, str]:
    """Seconds, and the page."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    began = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookies})
    response = connection.getresponse()
    page = response.read().decode()
    spent = time.perf_counter() - began
    connection.close()
    assert response.status == 200, page
    return spent, page


def pages(service: Service, cookies: str) -> Iterator[tuple[str, str]]:
    """What is measured: a name and an address."""

    def deep(query: str) -> str:
        address = f"/tasks?{query}"
        for _ in range(20):
            _, page = call(service, address, cookies)
            address = "/tasks" + page.split('" rel="next"')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
        return address

    yield "first page", "/tasks"
    yield "page 21", deep("")
    for sort in ("DateCreated", "-DateModified", "NextRunOn", "-NextRunOn", "-LastRunOn"):
        yield f"by {sort}", f"/tasks?sort={sort}"
        yield f"failed ones by {sort}", f"/tasks?status=FAILED&sort={sort}"
    yield "by NextRunOn, page 21", deep("sort=NextRunOn&")
    for query in (
        "status=FAILED", "status=RUNNING", "is_enabled=false", "frequency=6", "status=FAILED&frequency=6",
        "search=hooks", "search=99999", "search=nowhere", "search=nowhere&status=SUCCEEDED&sort=NextRunOn",
    ):  # fmt: skip
        yield query, f"/tasks?{query}"


def measure(url: str) -> bool:
    with serving(url) as service:
        customer = customer_of(service)
        seed(customer)
        small, big = cookies_of(service, SMALL), cookies_of(service, BIG)
        measured = [("page of a hundred", "/tasks", small)]
        measured += [(name, path, big) for name, path in pages(service, big)]
        times: dict[str, list[float]] = {name: [] for name, _, _ in measured}
        for number in range(WARM_UP + ROUNDS):
            for name, path, cookies in measured:
                spent, _ = call(service, path, cookies)
                if number >= WARM_UP:
                    times[name].append(spent)
        exported, table = call(service, "/tasks/export.csv", big)
    medians = {name: statistics.median(each) for name, each in times.items()}
    first = next(iter(medians.values()))
    print(f"{url.partition(':')[0]}, {lists.ROWS:,} account tasks; the page of a hundred: {1000 * first:.1f} ms")
    for name, median in medians.items():
        print(f"  {median / first:5.2f}  {name}")
    worst = max(medians.values()) / first
    print(f"  worst {worst:.2f}, wanted at most {MOST}")
    print(f"  export of all: {exported:.1f} s for {len(table) / 2**20:.0f} MiB")
    return worst <= MOST


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgresql", action="store_true")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["HTTPS"] = "false"
    if parser.parse_args().postgresql:
        with postgresql.running() as server:
            return 0 if measure(server.url) else 1
    with tempfile.TemporaryDirectory() as folder:
        return 0 if measure(f"sqlite:///{folder}/db.sqlite3") else 1


if __name__ == "__main__":
    sys.exit(main())
