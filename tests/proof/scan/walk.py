"""The pages as Wapiti sees them, signed in. All of it stays on loopback."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from tests.proof.scan import tools
from tests.proof.scan.findings import Finding, judge
from tests.proof.scan.session import Session, is_signed_in

# Without those that need somebody outside to be called by the service (ssrf, xxe, log4shell), or fetch lists of theirs.
MODULES = (
    "backup,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,sql,upload,xss"
)
LEFT_ALONE = ("/sign-out", "/password", "/second-factor/*", "/settings/users/*/switch-off", "/static/*")
SECONDS_A_MODULE = 300
SECONDS_IN_ALL = 2 * 3_600


def wapiti(session: Session) -> bool:
    """Walks the pages that the account's administrator sees, and attacks each link and form."""
    with tools.installed("wapiti") as program, TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [
            program, "--url", f"{session.origin}/", "--scope", "domain", "--module", MODULES, "--header",
            f"Cookie: {session.cookie}", "--level", "1", "--endpoint", f"{session.origin}/nothing/",
            "--dns-endpoint", "localhost", "--verbose", "2",
            "--depth", "4", "--max-files-per-dir", "12", "--max-links-per-page", "60", "--max-parameters", "60",
            "--max-scan-time", "240", "--max-attack-time", str(SECONDS_A_MODULE), "--flush-session", "--store-session",
            folder, "--store-config", folder, "--no-bugreport", "--format", "json", "--output", str(report),
        ]  # fmt: skip
        for path in LEFT_ALONE:
            command += ["--exclude", f"{session.origin}{path}"]
        printed = tools.said(*command, patience=SECONDS_IN_ALL)
        found = json.loads(report.read_text())
    pages = found["infos"]["crawled_pages_nbr"]
    if not is_signed_in(session):
        raise RuntimeError("the walk has ended its own session")
    findings = [
        Finding("wapiti", rule, _place_of(each))
        for kind in ("vulnerabilities", "anomalies")
        for rule, all_of_rule in found[kind].items()
        for each in all_of_rule
    ]
    stopped = ", ".join(re.findall(r"Max attack time was reached for module (\w+)", printed)) or "none"
    number = MODULES.count(",") + 1
    what = f"{number} modules on {pages} addresses, stopped after {SECONDS_A_MODULE} s: {stopped}"
    return judge("wapiti", what, findings)


def _place_of(finding: dict[str, str]) -> str:
    """The path, with IDs left out, and the parameter: those change from scan to scan."""
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", urlsplit(finding["path"]).path)
    return f"{path} {finding.get('parameter') or ''}".strip()
