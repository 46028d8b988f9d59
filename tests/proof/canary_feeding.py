"""Canaries go in: by every door, in every place where a secret can stand, right, wrong and misplaced."""

import json
import re
from urllib.parse import urlencode

import pyotp

from clients_app.pages.passwords import IN_SESSION
from tests.acceptance.service import wait_until
from tests.proof.canaries import Visitor
from tests.proof.canary_house import ACCOUNT_TASKS, ANN, CLIENTS, FORM, House, basic

# Parameters as they were given: to integrations by the contract, in forms that change them, in a table to be imported.
AS_GIVEN = (
    f"POST {ACCOUNT_TASKS}", f"GET {ACCOUNT_TASKS}*", "GET /tasks/*/edit", "GET /tasks/*/duplicate",
    "GET /tasks/export.csv",
)  # fmt: skip
HANDLERS = ("http_request", "failing")
GONE = ("clients_app_auditentry", "tasks_app_notification")
# What texts of libraries put around a secret.
SURROUNDINGS = (
    ("Authorization: Bearer ", ","), ("http://user:", "@receiver.example/"), ("password=", "&"), ("acs_", ";")
)  # fmt: skip


def wrong_passwords(house: House) -> None:
    visitor = house.visitor()
    for door in ("/sign-in", "/admin/login/"):
        visitor.get(door)
        wrong = house.cage.fresh("a wrong password")
        assert visitor.post(door, username=ANN, password=wrong)[0] == 200
    wrong = house.cage.fresh("a wrong password")
    house.cage.add("a wrong password", basic(ANN, wrong).partition(" ")[2])
    assert visitor.get(ACCOUNT_TASKS, Authorization=basic(ANN, wrong))[0] == 401


def client_secrets(house: House, client: dict[str, str]) -> str:
    """The access token that the right one gets."""
    visitor, cage = house.visitor(), house.cage
    grant = {"grant_type": "client_credentials"}
    for prefix in ("acs_", ""):
        wrong = cage.fresh("a wrong client secret", prefix=prefix)
        body = urlencode(grant | {"client_id": client["ID"], "client_secret": wrong})
        assert visitor.call("POST", "/Token", body, Content_Type=FORM)[0] == 401
        wrong = cage.fresh("a wrong client secret", prefix=prefix)
        cage.add("a wrong client secret", basic(client["ID"], wrong).partition(" ")[2])
        headers = {"Content_Type": FORM, "Authorization": basic(client["ID"], wrong)}
        assert visitor.call("POST", "/Token", urlencode(grant), **headers)[0] == 401
    headers["Authorization"] = basic(client["ID"], client["Secret"])
    cage.add("the right client secret", client["Secret"], also=(headers["Authorization"].partition(" ")[2],))
    body = urlencode(grant | {"client_id": client["ID"], "client_secret": client["Secret"]})
    tokens = [visitor.call("POST", "/Token", urlencode(grant), **headers)]
    tokens.append(visitor.call("POST", "/Token", body, Content_Type=FORM))
    for _, text in tokens:
        cage.add("an access token", json.loads(text)["access_token"], "POST /Token")
    return str(json.loads(tokens[0][1])["access_token"])


def tokens_where_none_belong(house: House, token: str) -> None:
    visitor, cage = house.visitor(), house.cage
    assert visitor.get(ACCOUNT_TASKS, Authorization=f"Bearer {token}")[0] == 200
    for prefix in ("act_", ""):
        wrong = [cage.fresh("a token in an address or a header", prefix=prefix) for _ in range(4)]
        statuses = [
            visitor.get(ACCOUNT_TASKS, Authorization=f"Bearer {wrong[0]}")[0],
            visitor.get(f"{ACCOUNT_TASKS}?access_token={wrong[1]}")[0],
            visitor.get(f"/nowhere?token={wrong[2]}")[0],
            visitor.get("/tasks", Cookie_Of_Another=wrong[3])[0],
        ]
        assert statuses == [401, 401, 404, 302]
    for path in (f"{ACCOUNT_TASKS}/%s", "/nowhere/%s", "/tasks/%s", "/admin/%s/", "/password/reset/%s"):
        in_path = cage.fresh("a token in a path", "GET */act_*", prefix="act_")  # its own answer leads back to it
        assert visitor.get(path % in_path)[0] in (302, 401, 404)


def malformed_bodies(house: House, token: str) -> None:
    visitor = house.visitor()
    kinds = {"application/json": '{"Secret": "%s", ', "application/xml": "<A><Secret>%s</B>", FORM: "%%zz&Secret=%s"}
    for content_type, body in kinds.items():
        for path, authorization in ((CLIENTS, f"Bearer {token}"), (ACCOUNT_TASKS, f"Bearer {token}"), ("/Token", "")):
            secret = house.cage.fresh("a secret in a body that is malformed")
            headers = {"Content_Type": content_type} | ({"Authorization": authorization} if authorization else {})
            assert visitor.call("POST", path, body % secret, **headers)[0] in (400, 401, 415, 422)


def chosen_secrets(house: House, token: str, user_id: str) -> None:
    """A client whose secret is chosen by who makes it, with an Idempotency-Key, twice; a new one; a signing secret."""
    visitor = house.visitor()
    key = house.cage.fresh("an Idempotency-Key", "table clients_app_storedanswer")
    secret = house.cage.fresh("a client secret that was chosen", f"POST {CLIENTS}")
    body = json.dumps({"Name": "Chosen", "Secret": secret, "UserID": user_id})
    headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json", "Idempotency_Key": key}
    statuses = [visitor.call("POST", CLIENTS, body, **headers)[0] for _ in range(2)]
    assert statuses == [201, 201]


def letters(house: House) -> None:
    """A letter with a link; who opens it sets a password that is the last one."""
    visitor = house.visitor()
    visitor.get("/password/reset")
    assert visitor.post("/password/reset", email=ANN)[0] in (200, 302)
    found: list[str] = []

    def has_come() -> bool:
        found[:] = re.findall(r"/password/reset/[^\s/]+/([^\s]+)", house.mail)
        return bool(found)

    wait_until(has_come)
    [path] = re.findall(r"(/password/reset/[^\s]+)", house.mail)
    house.cage.add("the token of a letter's link", found[0], "mail", f"* {path}")
    assert visitor.get(path)[0] == 302
    form = path.replace(found[0], IN_SESSION)
    assert visitor.get(form)[0] == 200
    refused = house.cage.fresh("a new password that is refused")
    assert visitor.post(form, new_password1=refused, new_password2=f"another {refused}")[0] == 200
    assert visitor.get(f"{path[:-1]}{'0' if path[-1] != '0' else '1'}")[0] == 410


def second_factor(house: House, ann: Visitor, password: str) -> None:
    cage = house.cage
    ann.get("/second-factor")
    assert ann.post("/second-factor/begin")[0] == 302
    _, page = ann.get("/second-factor")
    [spaced] = re.findall(r"\b(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}\b", page)
    key = cage.add("the key of a second factor", spaced.replace(" ", ""), "GET /second-factor", also=(spaced,))
    code = pyotp.TOTP(key).now()  # no canary: figures like these are everywhere
    status, page = ann.post("/second-factor/confirm", code=code, password=password)
    codes = re.findall(r"\b(?:[a-z2-7]{4}-){5}[a-z2-7]{4}\b", page)
    assert (status, len(codes)) == (200, 10), page
    for each in codes:
        cage.add("a recovery code", each, "POST /second-factor/confirm", also=(each.replace("-", ""),))
    again = house.visitor()
    again.get("/sign-in")
    assert again.post("/sign-in", username=ANN, password=password)[0] == 302
    wrong = cage.fresh("a wrong code", "POST /sign-in/code")  # the form shows it again, as any field
    assert again.post("/sign-in/code", code=wrong)[0] == 200
    assert again.post("/sign-in/code", code=codes[0])[0] == 302


def signing_secret(house: House, ann: Visitor) -> None:
    _, page = ann.get("/settings/signing-secret/rotate")
    [key] = re.findall(r'name="key" value="([^"]+)"', page)
    _, page = ann.post("/settings/signing-secret/rotate", key=key)
    [secret] = re.findall(r"whsec_[\w+/=]+", page)
    house.cage.add("the signing secret", secret, "POST /settings/signing-secret/rotate", also=(secret[6:],))


def runs(house: House, token: str) -> dict[str, tuple[str, str]]:
    """Calls that fail for good and for now, one with a user in its address, a handler that fails; their IDs."""
    cage, own = house.cage, ("table tasks_app_accounttask", *AS_GIVEN)
    api_key = cage.fresh("a secret of parameters", "receiver", *own)
    headers = {name: cage.fresh("a secret of parameters", "receiver", *own) for name in ("X-Api-Key", "Cookie")}
    headers["Authorization"] = f"Bearer {cage.fresh('a secret of parameters', 'receiver', *own)}"
    calls = {"Body": "{}", "Headers": headers}
    user = f"user:{cage.fresh('a secret of parameters', *own)}@"
    says = " ".join(f"{before}{cage.fresh('a secret in an exception', *own)}{after}" for before, after in SURROUNDINGS)
    wanted = {
        "for good": ("http_request", calls | {"Url": f"{house.receiver}404?api_key={api_key}"}),
        "for now": ("http_request", calls | {"Url": f"{house.receiver}500?api_key={api_key}"}),
        "with user": ("http_request", calls | {"Url": house.receiver.replace("://", f"://{user}")}),
        "exception": ("failing", {"password": says}),
    }
    task_ids = {
        handler: house.json_of("add_task", "--name", handler, "--handler", handler)["ID"] for handler in HANDLERS
    }
    made = {}
    for name, (handler, parameters) in wanted.items():
        body = {"TaskID": task_ids[handler], "Frequency": "DAILY", "Parameters": json.dumps(parameters)}
        body |= {"ContentType": "application/json", "Notification": 3}
        key = house.api(token, "POST", ACCOUNT_TASKS, body)["ID"]
        house.api(token, "POST", f"{ACCOUNT_TASKS}/run?id={key}")
        made[name] = (key, house.api(token, "GET", f"{ACCOUNT_TASKS}/{key}/runs")[0]["ID"])
    for key, run in made.values():
        wait_until(lambda key=key, run=run: house.has_tried(token, key, run))
    return made


def broken(house: House, ann: Visitor, token: str, user_id: str) -> None:
    """What ends in a page of 500, since the audit trail and the inbox are gone."""
    kind, statuses = "a secret in what ends with 500", []
    for table in GONE:
        house.sql(f"ALTER TABLE {table} RENAME TO {table}_gone")
    secret, in_query, bearer, sent = (house.cage.fresh(kind) for _ in range(4))
    headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
    client = json.dumps({"Name": "Broken", "Secret": secret, "UserID": user_id})
    statuses.append(house.visitor().call("POST", CLIENTS, client, **headers)[0])
    statuses.append(ann.get(f"/inbox?token={in_query}", Authorization=f"Bearer {bearer}")[0])
    statuses.append(ann.post("/settings", name="Acme", time_zone="Europe/Paris", password=sent)[0])
    for table in GONE:
        house.sql(f"ALTER TABLE {table}_gone RENAME TO {table}")
    assert statuses == [500, 500, 500]
