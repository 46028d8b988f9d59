"""
The express lane of `POST /api/v2/admin/tasks/account`: the same call, without what Django and DRF do for calls of any
kind, which takes four times as long as all that this one is for. It takes what integrations send all the time, and
answers what has gone well; before anything is written it leaves whatever else comes to the usual road.
"""

import json
import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Final
from uuid import UUID
from xml.etree import ElementTree

from django.core.exceptions import DisallowedHost, ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest

from clients_app import bearers, clients, rows, secrets
from clients_app.callers import Caller, address_of
from clients_app.models import AccessToken
from clients_app.permissions import refusal_of
from clients_app.prepared import Prepared
from clients_app.throttles import COUNTING, budget_of, first_and_count
from tasks_app import registration, schema_checks
from tasks_app.api import plain
from tasks_app.models import AccountTask, Task
from tasks_app.registration import AskedOfTask

PATHS: Final = frozenset({"/api/v1/admin/tasks/account", "/api/v2/admin/tasks/account"})
LONGEST: Final = 2**16  # bytes of a body
ROOT: Final = "AccountTaskRequest"

_DECLARATION: Final = re.compile(rb'<\?xml version="1\.0"(?: encoding="[Uu][Tt][Ff]-8")? ?\?>\s*')


def register(request: HttpRequest, media_type: str) -> AccountTask | None:
    """
    media_type: of the body, without parameters. None if the call has to go the usual road; then nothing is written, but
    the call may have been counted, which is not done again there.
    """
    asked = _asked(request, media_type)
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if asked is None or scheme != "Bearer" or "HTTP_IDEMPOTENCY_KEY" in request.META:
        return None
    task_id = asked["task_id"]
    if connection.vendor == "postgresql":
        found = first_and_count(_COUNTED, request, secrets.digest(token), task_id)
    else:
        found = _FOUND.first(secrets.digest(token), task_id)
    if found is None or found[-1] is None:
        return None
    client, at = bearers.of_columns(found[:-2])
    task: Task = rows.stored(Task, ("id", "name"), (task_id, found[-2]))
    task.parameter_schema = schema_checks.known(found[-1])
    caller = Caller(user=client.user, client=client, address=address_of(request), at=at)
    if refusal_of(client.user, "POST"):
        return None
    try:
        new = registration.new(
            task,
            client=client,
            by=caller,
            now=at,
            schedule=asked["schedule"],
            parameters=asked["parameters"],
            notification=asked["notification"],
        )
    except ValidationError:
        return None
    # A call that is not counted yet is counted in the transaction of what it writes: SQLite waits for its lock once.
    with nullcontext() if connection.vendor == "postgresql" else transaction.atomic():
        if budget_of(request, caller).left < 0:
            return None
        account_task = registration.save(new)
        clients.note_use(client, now=at)
    return account_task


def _asked(request: HttpRequest, media_type: str) -> AskedOfTask | None:
    length = request.META.get("CONTENT_LENGTH", "")
    if not length.isdecimal() or not 0 < int(length) <= LONGEST:
        return None
    try:
        request.get_host()
    except DisallowedHost:
        return None
    body = request.body
    members = _READERS[media_type](body) if len(body) == int(length) else None
    return None if members is None else plain.read(members)


def _of_json(body: bytes) -> dict[str, Any] | None:
    """Members of nothing but texts and null, under the names of the wire."""
    try:
        members = json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
    return members if type(members) is dict and plain.NAMES.issuperset(members) else None


def _of_xml(body: bytes) -> dict[str, Any] | None:
    """Plain elements, each once; nothing that begins with `<!` or, but for the declaration, with `<?`."""
    body = _DECLARATION.sub(b"", body, count=1) if body.startswith(b"<?xml") else body
    if b"<!" in body or b"<?" in body:
        return None
    try:
        root = ElementTree.fromstring(body.decode())  # noqa: S314 (there is no DOCTYPE in it)
    except (ValueError, ElementTree.ParseError):
        return None
    members = {child.tag: child.text or "" for child in root}
    is_plain = root.tag == ROOT and not root.attrib and len(members) == len(root)
    if not is_plain or any(len(child) or child.attrib for child in root):
        return None
    return members if plain.NAMES.issuperset(members) else None


_READERS: Final[dict[str, Callable[[bytes], dict[str, Any] | None]]] = {
    "application/json": _of_json,
    "application/xml": _of_xml,
}


def _caller_and_task(digest: str, task_id: UUID) -> QuerySet[AccessToken, tuple[Any, ...]]:
    task = Task.objects.enabled().filter(pk=task_id).order_by()
    name, schema = Subquery(task.values("name")), Subquery(task.values(text=Cast("parameter_schema", TextField())))
    tokens = AccessToken.objects.live().that_change().filter(digest=digest)
    return tokens.values_list(*bearers.COLUMNS, name, schema)


_FOUND, _COUNTED = (
    Prepared(
        _caller_and_task,
        fields=(bearers.DIGEST, Task._meta.get_field("id")),
        stand_ins=("a digest", UUID(int=2**128 - 1)),
        around=around,
    )
    for around in ("{}", COUNTING)
)
