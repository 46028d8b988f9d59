"""T14: secrets that are unlike any other text go through every door, and are looked for wherever they don't belong."""

import re
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.acceptance.conftest import empty_database
from tests.acceptance.service import PROJECT, serving, wait_until
from tests.postgresql import free_port
from tests.proof import figures
from tests.proof.canaries import Cage, said_into
from tests.proof.canary_feeding import (
    broken,
    chosen_secrets,
    client_secrets,
    letters,
    malformed_bodies,
    runs,
    second_factor,
    signing_secret,
    tokens_where_none_belong,
    wrong_passwords,
)
from tests.proof.canary_house import ACCOUNT_TASKS, ANN, OLGA, House, basic
from tests.proof.canary_sights import database_of, look_around, usable
from tests.proof.conftest import Report

pytestmark = pytest.mark.proof

LEAST_SEEN = 12  # else the look itself is blind
OF_HISTORY = (
    "table tasks_app_attempt*",
    f"GET {ACCOUNT_TASKS}/*/runs/*",
    "GET /runs/*",
    "GET /admin/tasks_app/taskrun/*",
)
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def walk(house: House, password: str) -> tuple[int, list[str]]:
    account = house.json_of("create_account", "--name", "Acme", "--email", ANN, "--password", password)
    house.cage.add("the signing secret", account["SigningSecret"], also=(account["SigningSecret"][6:],))
    house.command("createsuperuser", "--email", OLGA, "--password", password)
    client = house.json_of("create_client", "--email", ANN, "--name", "Canary")
    wrong_passwords(house)
    token = client_secrets(house, client)
    tokens_where_none_belong(house, token)
    malformed_bodies(house, token)
    chosen_secrets(house, token, account["UserID"])
    letters(house)
    made = runs(house, token)
    ann, olga = house.sign_in(ANN, password), house.sign_in(OLGA, password, "/admin/login/")
    signing_secret(house, ann)
    second_factor(house, ann, password)
    broken(house, ann, token, account["UserID"])
    ids = {"account_task": made["for good"][0], "failing": made["exception"][0], "user": account["UserID"]}
    ids |= {"client": client["ID"], "run": made["for good"][1]}
    for _, run in made.values():
        look_around(house, ann, olga, token, ids | {"run": run})
    return usable(house, client["ID"], password)


def receiver_of(cage: Cage, places: defaultdict[str, bytes]) -> ThreadingHTTPServer:
    """Answers the status that the path names, with a canary that the history keeps for who looks for the reason."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            places["receiver"] += f"{self.path}\n{self.headers}".encode()
            reply = cage.fresh("what a receiver answered", *OF_HISTORY).encode()
            self.send_response(int(self.path[1:4]))
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@contextmanager
def running(folder: Path, form: str, **more: str) -> Iterator[tuple[House, str]]:
    """The processes of an installation, all they say in `folder`; and the password of its people, a canary too."""
    cage, places = Cage(), defaultdict[str, bytes](bytes)
    password = cage.fresh("the right password")
    cage.add("the right password", basic(ANN, password).partition(" ")[2])
    (folder / "metrics").mkdir()
    more |= {
        "LOG_LEVEL": "DEBUG", "LOG_FORMAT": form, "EMAIL_URL": f"filemail:///{folder / 'mail'}",
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
        "METRICS_FOLDER": str(folder / "metrics"),
    }  # fmt: skip
    server = receiver_of(cage, places)
    receiver = f"http://127.0.0.1:{server.server_port}/"
    with (
        empty_database("canaries", folder) as url,
        said_into(str(folder / "log"), str(folder / "out")),
        serving(url, application="tests.proof.failing:application", **more) as service,
    ):
        house = House(service, cage, places, folder, receiver)
        metrics = replace(service, port=free_port())
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.failing", "run_worker"], cwd=PROJECT, env=service.environ
        )
        try:
            with service.running("run_dispatcher"), service.running("run_metrics", "--port", str(metrics.port)):
                yield house, password
                wait_until(metrics.is_up)
                places["metrics"] = metrics.call("GET", "/metrics")[1]
        finally:
            worker.terminate()
            worker.wait(60)
            server.shutdown()
            server.server_close()
        places |= database_of(house)
    for name in ("log", "out"):
        places[name] = (folder / name).read_bytes()
    places["mail"] = house.mail.encode()


@pytest.mark.parametrize("form", ["json", "text"])
def test_secrets_are_where_they_belong_alone(
    tmp_path: Path, form: str, report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path, form) as (house, password):
        tried, opened = walk(house, password)

    cage, places = house.cage, house.places
    kind = "PostgreSQL" if house.service.database_url.startswith("postgres") else "SQLite"
    hits = list(cage.hits(places))
    outside = [(canary.kind, ID.sub("ID", place)) for canary, place, is_own in hits if not is_own]
    counts = Counter(canary.kind for canary in cage.canaries)
    with capsys.disabled():
        for each, count in counts.items():
            what = f"{kind}, {form}: {count} x {each}, looked for in {len(places)} places"
            found = sum(name == each for name, _ in outside)
            figures.tell("T14", what, found=f"{found} where it does not belong", wanted="0", met=not found)
    assert sorted(set(outside)) == []
    assert len(places["log"].splitlines()) > 50
    seen = len({canary.kind for canary, _, _ in hits})
    what = f"{kind}, {form}: of {len(counts)} kinds, seen in a place where they belong"
    report("T14", what, found=str(seen), wanted=f">= {LEAST_SEEN}", met=seen >= LEAST_SEEN)
    what = f"{kind}, {form}: what is stored, in place of the secret, {tried} times"
    report("T14", what, found=f"{len(opened)} let in", wanted="0", met=tried > 20 and not opened)


def test_without_the_redaction_they_would_be_seen(tmp_path: Path, report: Report) -> None:
    with running(tmp_path, "json", WITHOUT_REDACTION="1") as (house, password):
        walk(house, password)

    seen = {canary.kind for canary, place, is_own in house.cage.hits(house.places) if place == "log" and not is_own}
    wanted = {"a secret in an exception", "a token in a path"}
    what = "control: kinds that the log tells when nothing is taken out"
    report("T14", what, found=", ".join(sorted(seen)), wanted=" and ".join(sorted(wanted)), met=wanted <= seen)
