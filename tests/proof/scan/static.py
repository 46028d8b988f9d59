"""The source as scanners see it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml  # comes with drf-spectacular

from tests.acceptance.service import PROJECT
from tests.proof import figures
from tests.proof.scan import tools
from tests.proof.scan.findings import Finding, judge

SOURCES = ("clients_app", "config", "tasks_app", "manage.py")
RULES = Path(__file__).with_name("rules.yaml")


def bandit() -> bool:
    with tools.installed("bandit") as program:
        report = json.loads(tools.said(program, "--quiet", "--recursive", "--format", "json", *SOURCES))
    lines, broken = report["metrics"]["_totals"]["loc"], len(report["errors"])
    found = [Finding("bandit", each["test_id"], each["filename"].removeprefix("./")) for each in report["results"]]
    return judge("bandit", f"{lines:,} lines, {broken} files that it can't read", found) and not broken


def semgrep() -> bool:
    """Our own rules, since those of its makers can't be fetched; each has to find its example."""
    with tools.installed("semgrep") as program, TemporaryDirectory() as folder:
        examples = _examples(Path(folder))
        found = _semgrep(program, *SOURCES, "templates")
        blind = sorted(examples - {each.rule for each in _semgrep(program, folder)})
    seen = f"{len(examples) - len(blind)} of {len(examples)} rules"
    figures.tell("T18", "semgrep, the example of each rule", found=f"found by {seen}", wanted="all", met=not blind)
    for rule in blind:
        print(f"finds not even its example: {rule}")
    return judge("semgrep", f"{len(examples)} rules of our own", found) and not blind


def _semgrep(program: str, *paths: str) -> list[Finding]:
    options = ("--json", "--quiet", "--metrics", "off", "--disable-version-check", "--no-git-ignore", "--jobs", "2")
    report = json.loads(tools.said(program, "scan", *options, "--config", RULES, *paths))
    if report["errors"]:
        raise RuntimeError(report["errors"])
    return [Finding("semgrep", each["check_id"].rpartition(".")[2], each["path"]) for each in report["results"]]


def _examples(folder: Path) -> set[str]:
    """Writes the example of each rule into a file of its own."""
    rules = yaml.safe_load(RULES.read_text())["rules"]
    for rule in rules:
        known = rule["metadata"]
        (folder / f"{rule['id']}.{known.get('suffix', 'py')}").write_text(known["example"] + "\n")
    return {rule["id"] for rule in rules}


def secrets() -> bool:
    """What git knows: no file of it may hold what is, or looks like, a secret."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, check=True, capture_output=True, text=True).stdout.split()
    files = [path for path in listed if not path.endswith((".lock", ".png"))]
    with tools.installed("detect-secrets") as program:
        report = json.loads(tools.said(program, "scan", "--no-verify", *files))
    found = [Finding("detect-secrets", each["type"], path) for path, each in _flat(report["results"])]
    return judge("detect-secrets", f"{len(files)} files", found)


def _flat(results: dict[str, list[dict[str, str]]]) -> Iterable[tuple[str, dict[str, str]]]:
    return [(path, each) for path, found in results.items() for each in found]


def deploy() -> bool:
    """Django's own checks of an installation, with nothing but what has to be set."""
    known = {"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 25 + "0123456789abcdefghijklmnopq", "HTTPS": "true"}
    command = [sys.executable, "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=PROJECT, env=known, check=False, capture_output=True, text=True)
    text = (done.stdout + done.stderr).strip()
    figures.tell("T18", "check --deploy", found=text.splitlines()[-1], wanted="no issues", met=done.returncode == 0)
    return done.returncode == 0
