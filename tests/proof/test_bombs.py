"""Bodies that are made to cost a reader dear, through the real web server: what they cost, and what was fetched."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.conftest import Customer
from tests.benchmarks import machine
from tests.proof import bombs
from tests.proof.bombs import Bomb
from tests.proof.conftest import Report

pytestmark = [pytest.mark.proof, pytest.mark.acceptance]

PATH = "/api/v2/admin/tasks/account"
CPU_S = 0.2
GROWTH_MB = 32.0
SECRET = b"the content of a file that nobody asked for"


class Found:
    """What the bombs cost, and each that was answered otherwise than with 4xx."""

    def __init__(self) -> None:
        self.number = 0
        self.slowest = (0.0, "")
        self.largest = (0.0, "")
        self.wrong: list[str] = []

    def explode(self, customer: Customer, bomb: Bomb, content_type: str, body: bytes) -> None:
        web = machine.tree(os.getpid()) - {os.getpid()}
        cpu, resident = machine.cpu_seconds(web), machine.resident_mb(web)
        headers = {"Authorization": f"Bearer {customer.token}", "Content_Type": content_type}
        if bomb.coding:
            headers["Content_Encoding"] = bomb.coding
        try:
            status, answer = customer.service.call("POST", PATH, body, **headers)
        except OSError as error:  # more than is ever read of a body: the server hangs up
            status, answer = 499 if len(body) > 8 * bombs.MiB else 599, str(error).encode()
        self.number += 1
        self.slowest = max(self.slowest, (machine.cpu_seconds(web) - cpu, bomb.name))
        self.largest = max(self.largest, (machine.resident_mb(web) - resident, bomb.name))
        if not 400 <= status < 500 or SECRET in answer or b"SECRET_KEY" in answer:
            self.wrong.append(f"{bomb.name} as {content_type}: {status}")

    def tell(self, report: Report, what: str) -> None:
        cpu, by_cpu = self.slowest
        growth, by_growth = self.largest
        report(
            "T11",
            what,
            found=f"{self.number}, otherwise answered {len(self.wrong)} {self.wrong[:5] or ''}; CPU at most "
            f"{cpu:.2f} s ({by_cpu}); memory {growth:+.1f} MiB at most ({by_growth})",
            wanted=f"all 4xx, without the content of a file; at most {CPU_S} s and {GROWTH_MB:g} MiB each",
            met=not self.wrong and cpu <= CPU_S and growth <= GROWTH_MB,
        )


@contextmanager
def sentinel() -> Iterator[tuple[str, list[object]]]:
    """A URL on this machine, and who has connected."""
    seen: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            while True:
                try:
                    connection, address = listener.accept()
                except OSError:
                    return
                seen.append(address)
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x.dtd", seen


def test_bombs_cost_little_and_fetch_nothing(customer: Customer, report: Report, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(SECRET)
    bodies, inside = Found(), Found()
    theirs = bombs.of_defusedxml(tmp_path)

    with sentinel() as (url, seen):
        mine = [*bombs.xml_bombs(url, secret), *bombs.json_bombs(), *bombs.other_bombs()]
        bodies.explode(customer, mine[0], mine[0].content_type, mine[0].body)  # what is loaded at first is no growth
        for bomb in [*mine, *theirs]:
            bodies.explode(customer, bomb, bomb.content_type, bomb.body)
        for bomb in mine:
            for content_type, body in bombs.in_parameters(bomb) if bomb.inner else ():
                inside.explode(customer, bomb, content_type, body)
        time.sleep(0.5)

    kind = customer.service.database_url.partition(":")[0]
    report(
        "T11",
        f"fetched by documents, {kind}",
        found=f"{len(seen)} connections to who listened; {len(theirs)} files of defusedxml's own among the documents",
        wanted="0 connections, and its files to be there",
        met=not seen and bool(theirs),
    )
    bodies.tell(report, f"bombs as bodies, {kind}")
    inside.tell(report, f"bombs inside Parameters, as JSON, XML and form, {kind}")
