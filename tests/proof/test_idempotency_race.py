"""T15: creates with the same Idempotency-Key at the same instant, while processes of the web server are killed."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Customer, customer_of, empty_database
from tests.acceptance.service import PATIENCE_S, PROJECT, Service, wait_until
from tests.postgresql import free_port
from tests.proof.conftest import Report

pytestmark = pytest.mark.proof

KEYS, CALLERS, WORKERS = 50, 32, 6
ACCOUNT_TASKS = "/api/v2/admin/tasks/account"


@contextmanager
def served(url: str) -> Iterator[tuple[Service, int]]:
    """As the Procfile starts it, so that workers that died are replaced; and the ID of the process that does so."""
    service = Service(url, free_port())
    service.command("migrate", "--verbosity", "0")
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", str(WORKERS)]
    options = [
        "--blocking-threads",
        "2",
        "--respawn-failed-workers",
        "--port",
        str(service.port),
        "--log-level",
        "critical",
    ]
    process = subprocess.Popen([*server, *options, "config.wsgi:application"], cwd=PROJECT, env=service.environ)
    try:
        wait_until(service.is_up)
        yield service, process.pid
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def workers(server: int) -> list[int]:
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return [int(pid) for pid in children if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def kill_all_but_one(server: int, killed: list[int], is_over: threading.Event) -> None:
    """One after the other. Each once: the server gives up on one that dies again as soon as it was replaced."""
    for pid in workers(server)[1:]:
        if not is_over.wait(0.3):
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)


def create(service: Service, token: str, task_id: Any, key: str, note: str = "") -> tuple[int, Any]:
    """As a caller that means it: again and again, until there is an answer that says what became of it."""
    body = {"TaskID": str(task_id), "Frequency": "DAILY", "ContentType": "application/json"}
    body["Parameters"] = json.dumps({"race": key, "note": note})
    headers = {"Content_Type": "application/json", "Authorization": f"Bearer {token}", "Idempotency_Key": key}
    give_up_at = time.monotonic() + 120
    while time.monotonic() < give_up_at:
        try:
            status, answer = service.call("POST", ACCOUNT_TASKS, json.dumps(body).encode(), **headers)
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)
            continue
        if status != 409:
            return status, json.loads(answer)
        assert json.loads(answer)["Error"]["ErrorCode"] == "IDEMPOTENCY_CONFLICT"
        time.sleep(0.02)
    raise TimeoutError


def listed(customer: Customer) -> int:
    path = f"{ACCOUNT_TASKS}?search=race&limit=1000"
    status, answer = customer.service.call("GET", path, Authorization=f"Bearer {customer.token}")
    assert status == 200
    return len(json.loads(answer)["ResponseData"]["Detail"])


def test_a_race_for_keys_while_workers_die(tmp_path_factory: pytest.TempPathFactory, report: Report) -> None:
    keys = [f"race {number}" for number in range(KEYS) for _ in range(CALLERS)]
    killed: list[int] = []
    is_over = threading.Event()

    with empty_database("race", tmp_path_factory.mktemp("race")) as url, served(url) as (service, server):
        customer = customer_of(service)
        killer = threading.Thread(target=kill_all_but_one, args=(server, killed, is_over))
        killer.start()
        with ThreadPoolExecutor(CALLERS) as pool:
            answers = list(pool.map(lambda key: create(service, customer.token, customer.task_id, key), keys))
        is_over.set()
        killer.join()
        wait_until(service.is_up)
        rows = listed(customer)
        other_body = [create(service, customer.token, customer.task_id, key, "other")[0] for key in keys[::CALLERS]]
        second = service.token(service.json_of("create_client", "--email", "ann@acme.example", "--name", "Second"))
        of_another = [create(service, second, customer.task_id, key) for key in keys[::CALLERS]]
        rows_then = listed(customer)

    said = defaultdict(set)
    for key, (status, answer) in zip(keys, answers, strict=True):
        said[key].add((status, json.dumps(answer)))
    identical = sum(len(each) == 1 and next(iter(each))[0] == 201 for each in said.values())
    own = {answer["ResponseData"]["Detail"]["ID"] for _, answer in answers}
    independent = sum(
        status == 201 and answer["ResponseData"]["Detail"]["ID"] not in own for status, answer in of_another
    )
    figures = (rows, len(own), identical, other_body.count(422), independent, rows_then)
    found = (
        f"{len(killed)} kills (-9): created {rows}, keys with one and the same answer {identical}, another body 422 "
        f"{other_body.count(422)}, another client's own {independent}"
    )
    wanted = f"kills, created {KEYS}, {KEYS}, {KEYS}, {KEYS}"
    met = bool(killed) and figures == (KEYS, KEYS, KEYS, KEYS, KEYS, 2 * KEYS)
    kind = "PostgreSQL" if url.startswith("postgres") else "SQLite"
    report("T15", f"{kind}: {KEYS} keys x {CALLERS} callers", found=found, wanted=wanted, met=met)
