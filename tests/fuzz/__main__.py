"""
`python -m tests.fuzz [--cases N] [--only OPERATION,…] [--caller NAME]`: as the owner, as a neighbour, and as nobody.

What must not be: an answer of 5xx, or a status, a media type, a header or a shape that the document does not have; an
answer to somebody without credentials. It ends with 1 if anything of it was seen.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from clients_app.api import samples
from tests.acceptance.service import PASSWORD, PROJECT, Service, serving
from tests.proof import figures

# What the document can't say, so that a call which is right by it may still be refused, or the other way round: TaskID
# must be in the catalogue, Parameters a document of their own, FinishDate not before StartDate, a cursor one that was
# given; GUIDs and words have more forms; a repeat with an Idempotency-Key still tells of what was deleted meanwhile.
# These are counted, and not held against anybody.
TOLERATED = ("RejectedPositiveData", "AcceptedNegativeData", "EnsureResourceAvailability")
SEEDED = 100  # account tasks and clients of the owner
ACCOUNT_TASKS = "/api/v2/admin/tasks/account"


def party(service: Service, name: str) -> dict[str, str]:
    """A new account with a client; its token."""
    email = f"ann@{name}.example"
    service.json_of("create_account", "--name", name, "--email", email, "--password", PASSWORD)
    client: dict[str, str] = service.json_of("create_client", "--email", email, "--name", name)
    return client | {"Token": service.token(client)}


def seed(service: Service, owner: dict[str, str]) -> dict[str, Any]:
    """Rows of the owner's, for calls to be about."""

    def made(method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {owner['Token']}", "Content_Type": "application/json"}
        status, answer = service.call(method, path, json.dumps(body).encode() if body else b"", **headers)
        assert status < 300, answer
        return json.loads(answer)["ResponseData"]["Detail"]

    service.command("add_task", "--id", samples.TASK, "--name", "Call a URL")
    asked = {"TaskID": samples.TASK, "Frequency": "DAILY", "Parameters": "{}", "ContentType": "application/json"}
    rows: dict[str, Any] = {"task": samples.TASK, "user": owner["UserID"], "clients": [], "runs": []}
    for number in range(SEEDED):
        key = made("POST", ACCOUNT_TASKS, asked)["ID"]
        made("POST", f"{ACCOUNT_TASKS}/run?id={key}")
        rows["runs"].append((key, made("GET", f"{ACCOUNT_TASKS}/{key}/runs")[0]["ID"]))
        client = {"Name": f"Client {number}", "Secret": "12345678", "UserID": owner["UserID"]}
        rows["clients"].append(made("POST", "/api/v2/admin/clients", client)["ID"])
    return rows


def fuzz(service: Service, caller: str, token: str, rows: dict[str, Any], options: Any) -> bool:
    """Whether nothing was seen that must not be; prints the figures, and then what it was."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [
            "schemathesis", "run", f"http://127.0.0.1:{service.port}/api/schema", "--checks", "all", "--no-shrink",
            "--max-examples", str(options.cases), "--continue-on-failure", "--workers", "2", "--warnings", "off",
            "--suppress-health-check", "all", "--report", "json", "--report-json-path", str(report),
        ]  # fmt: skip
        command += ["--header", f"Authorization: Bearer {token}"] if token else []
        command += [word for each in options.only.split(",") if each for word in ("--include-operation-id", each)]
        hooks = {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "FUZZ_ROWS": json.dumps(rows), "PYTHONPATH": str(PROJECT)}
        environ = os.environ | hooks
        done = subprocess.run(command, check=False, cwd=folder, env=environ, capture_output=True, text=True)
        if not report.exists():
            print(done.stdout, done.stderr)
            return False
        found = json.loads(report.read_text())
    wrong = [each for each in [*found["failures"], *found["errors"]] if each.get("type") not in TOLERATED]
    seen = ", ".join(f"{each.get('title', each)}: {each.get('count', 1)}" for each in found["failures"]) or "nothing"
    cases, operations = found["test_cases"]["generated"], found["operations"]["tested"]
    figures.tell(
        "T10",
        f"schemathesis, as {caller}, {options.cases} cases an operation",
        found=f"{cases:,} calls of {operations} operations, {len(wrong)} that must not be; remarked: {seen}",
        wanted="0 that must not be",
        met=not wrong,
    )
    if wrong:
        print(done.stdout)
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=3_000, help="for each operation")
    parser.add_argument("--only", default="", help="operationIds, with commas between them")
    parser.add_argument("--caller", default="", help="owner, neighbour or nobody")
    options = parser.parse_args()
    os.environ.update({"LOG_LEVEL": "CRITICAL", "HTTPS": "false"})
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.get("DATABASE_URL") or f"sqlite:///{folder}/db.sqlite3"
        with serving(url) as service:
            owner, neighbour = party(service, "owner"), party(service, "neighbour")
            rows = seed(service, owner)
            callers = {"the owner": owner["Token"], "a neighbour": neighbour["Token"], "nobody": ""}
            chosen = {caller: token for caller, token in callers.items() if options.caller in caller}
            results = [fuzz(service, caller, token, rows, options) for caller, token in chosen.items()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
