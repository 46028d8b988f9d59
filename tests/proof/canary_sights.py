"""Where canaries are looked for: pages, documents, tables and files; and whether what is stored opens a door."""

import json
import re
import sqlite3
import subprocess
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

from tests import postgresql
from tests.acceptance import pages
from tests.proof.canaries import FILES, Places, Visitor
from tests.proof.canary_house import ACCOUNT_TASKS, ANN, CLIENTS, FORM, House, basic

TABLE = re.compile(rb"^COPY public\.(\w+) .*?^\\\.$", re.MULTILINE | re.DOTALL)


def look_around(house: House, ann: Visitor, olga: Visitor, token: str, ids: dict[str, str]) -> None:
    """Every page, list and document; their answers are kept."""
    addresses = (pages.OF_ANYBODY | pages.OF_MEMBERS | pages.MORE).values()
    for address in (*addresses, "/tasks/export.csv", "/help/swagger", "/readyz"):
        if all(word in ids for word in re.findall(r"{(\w+)}", address)):
            assert ann.get(address.format(**ids))[0] in (200, 302, 503), address
    seen = {"/admin/"}
    todo = ["/admin/"]
    while todo:
        _, text = olga.get(todo.pop())
        found = set(re.findall(r'href="(/admin/(?:clients_app|tasks_app|axes)/[^"?#]*)"', text)) - seen
        seen |= found
        todo += found
    assert len(seen) > 40
    for path in ("/api/v2/admin/tasks", ACCOUNT_TASKS, CLIENTS, "/api/schema", f"{CLIENTS}/{ids['client']}"):
        assert house.visitor().get(path, Authorization=f"Bearer {token}")[0] == 200, path
    for accept in ("application/json", "application/xml"):
        for key in (ids["account_task"], ids["failing"]):
            house.visitor().get(f"{ACCOUNT_TASKS}/{key}", Authorization=f"Bearer {token}", Accept=accept)


def database_of(house: House) -> Places:
    """Each table, as a dump has it; of SQLite also the files, whose free pages keep what was there."""
    url = house.service.database_url
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        files = b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))
        tables: defaultdict[str, bytes] = defaultdict(bytes)
        with closing(sqlite3.connect(path)) as connection:
            for line in connection.iterdump():
                if inserted := re.match(r'INSERT INTO "(\w+)"', line):
                    tables[f"table {inserted[1]}"] += line.encode(errors="replace")
        return tables | {FILES: files}
    programs = postgresql.binaries()
    assert programs is not None
    command = [str(programs / "pg_dump"), "--schema=public", url]
    dump = subprocess.run(command, capture_output=True, check=True).stdout
    tables = defaultdict(bytes)
    for found in TABLE.finditer(dump):
        tables[f"table {found[1].decode()}"] = found[0]
    return tables | {"the dump outside of tables": TABLE.sub(b"", dump)}


STORED = """
import json
from clients_app.models import AccessToken, Account, Client, SecondFactor, Session, User
def all_of(rows, name): return [str(value) for value in rows.values_list(name, flat=True)]
factors = SecondFactor.objects.all()
print(json.dumps({"secrets": all_of(Client.objects.all(), "secret_hash"),
    "tokens": all_of(AccessToken.objects.all(), "digest"), "sessions": all_of(Session.objects.all(), "session_key"),
    "passwords": all_of(User.objects.all(), "password"), "codes": sum((f.recovery_digests for f in factors), []),
    "encrypted": all_of(factors, "secret") + all_of(Account.objects.all(), "signing_secret")}))
"""


def usable(house: House, client_id: str, password: str) -> tuple[int, list[str]]:
    """How often something that is stored was tried in place of the secret; what it opened."""
    stored = json.loads(house.command("shell", "--no-imports", "-c", STORED))
    tried: list[tuple[str, bool]] = []
    for each in stored["secrets"]:
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": each}
        status = house.visitor().call("POST", "/Token", urlencode(form), Content_Type=FORM)[0]
        tried.append(("client secret", status != 401))
    for each in stored["tokens"]:
        status = house.visitor().get(ACCOUNT_TASKS, Authorization=f"Bearer {each}")[0]
        tried.append(("token", status != 401))
    for each in stored["sessions"]:
        thief = house.visitor()
        thief.cookies["sessionid"] = each
        tried.append(("session", thief.get("/tasks")[0] != 302))
    for each in stored["passwords"]:
        visitor = house.visitor()
        visitor.get("/sign-in")
        tried.append(("password", visitor.post("/sign-in", username=ANN, password=each)[0] != 200))
        tried.append(("password", visitor.get(ACCOUNT_TASKS, Authorization=basic(ANN, each))[0] != 401))
    visitor = house.visitor()
    visitor.get("/sign-in")
    assert visitor.post("/sign-in", username=ANN, password=password)[0] == 302
    for each in (*stored["codes"], *stored["encrypted"]):
        status = visitor.post("/sign-in/code", code=each)[0]
        tried.append(("code", status == 302))
    assert all(stored.values())
    return len(tried), [what for what, is_open in tried if is_open]
