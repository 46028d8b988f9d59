"""
The express lane of `POST /api/v2/admin/tasks/account`: the same call, without what Django and DRF do for calls of any
kind, which takes four times as long as all that this one is for. It takes what integrations send all the time, and
answers what has gone well; before anything is written it leaves whatever else comes to the usual road.

On PostgreSQL one statement does it: it finds caller and task, counts, and writes what was made beforehand of what was
found the last time, if it has found the same. Else another one writes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.core.exceptions import DisallowedHost, ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Now
from django.http import HttpRequest

from clients_app import bearers, clients, limits, rows, secrets
from clients_app.callers import Caller, address_of
from clients_app.models import AccessToken, Client
from clients_app.permissions import refusal_of
from clients_app.prepared import Prepared
from clients_app.throttles import ALLOWED, KEYS, budget_of, first_and_count, most
from tasks_app import clock, registration, schema_checks
from tasks_app.api import plain
from tasks_app.models import AccountTask, Task
from tasks_app.registration import AskedOfTask, New

PATHS: Final = frozenset({"/api/v1/admin/tasks/account", "/api/v2/admin/tasks/account"})
LONGEST: Final = 2**16  # bytes of a body

MOST: Final = 4_000  # of what was found that is remembered, less than 5 KiB each
NEAR: Final = timedelta(seconds=1)  # that the moment of an account task is at most from when it was written

Key = tuple[str, UUID]
"""The digest of a token, and what TaskID names."""

Facts = tuple[Any, ...]


class _Found(NamedTuple):
    """client: with its user and its account. at: the moment, by the database's clock, with which it was found."""

    client: Client
    task: Task
    at: datetime


class _Last(NamedTuple):
    """What was found for a key the last time. text: the same as PostgreSQL writes it."""

    facts: Facts
    text: str


_last: dict[Key, _Last] = {}  # what was found just now comes last
_on_their_way: set[UUID] = set()  # accounts


def register(request: HttpRequest, media_type: str) -> AccountTask | None:
    """
    media_type: of the body, without parameters. None if the call has to go the usual road; then nothing is written, but
    the call may have been counted, which is not done again there.
    """
    asked = _asked(request, media_type)
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if asked is None or scheme != "Bearer" or "HTTP_IDEMPOTENCY_KEY" in request.META:
        return None
    key = secrets.digest(token), asked["task_id"]
    if connection.vendor == "postgresql":
        return _at_once(request, key, asked)
    row = _statement().first(*key)
    found = _read(key, row[1:], at=row[0]) if row else None
    made = _made(request, found, asked) if found else None
    if not (found and made):
        return None
    with transaction.atomic():  # the call is counted in it too, so that SQLite waits for its lock once
        return _saved(request, found, made)


def _at_once(request: HttpRequest, key: Key, asked: AskedOfTask) -> AccountTask | None:
    last = _last.get(key)
    found = _read(key, last.facts, at=clock.guess()) if last else None
    with _alone(found) as is_alone:
        made = _made(request, found, asked) if found and is_alone else None
        row = _ask(request, key, last, made)
    if row is None:
        return None
    *facts, at, is_written = row
    if found and made and is_written:
        clients.note_use(found.client, now=at)
        return registration.saved(made)
    found = _read(key, tuple(facts), at=at)
    made = _made(request, found, asked) if found else None
    return _saved(request, found, made) if found and made else None


@contextmanager
def _alone(found: _Found | None) -> Iterator[bool]:
    """
    Whether no other call of the account is at it here. Whoever counts for the same account has to wait for the end of
    the statement: for the disk too, if it writes.
    """
    account_id = found.client.account_id if found else None
    if account_id is None or account_id in _on_their_way:
        yield False
        return
    _on_their_way.add(account_id)
    try:
        yield True
    finally:
        _on_their_way.discard(account_id)


def _ask(request: HttpRequest, key: Key, last: _Last | None, made: New | None) -> tuple[Any, ...] | None:
    """What there is by now, the moment, and whether the account task was written."""
    if last and made:
        moment = made.account_task.created_at
        wanted = [last.text, moment - NEAR, moment + NEAR, *most(), *registration.values_of(made)]
    else:
        wanted = [None] * _number()
    row = first_and_count(_statement(), request, *key, more=tuple(wanted))
    _last.pop(key, None)
    if row is None:
        return None
    *facts, text, at, is_written = row
    clock.heard(at)
    _last[key] = _Last(tuple(facts), text)
    for old in list(islice(_last, max(0, len(_last) - MOST))):
        _last.pop(old, None)
    return *facts, at, is_written


def _read(key: Key, facts: Facts, *, at: datetime) -> _Found | None:
    """None if there is no such task."""
    *of_bearer, name, schema = facts
    if schema is None:
        return None
    task: Task = rows.stored(Task, ("id", "name"), (key[1], name))
    task.parameter_schema = schema_checks.known(schema)
    return _Found(bearers.client_of(tuple(of_bearer)), task, at)


def _made(request: HttpRequest, found: _Found, asked: AskedOfTask) -> New | None:
    """None if it has to be refused."""
    client, task, at = found
    if refusal_of(client.user, "POST"):
        return None
    caller = Caller(user=client.user, client=client, address=address_of(request), at=at)
    try:
        return registration.new(
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


def _saved(request: HttpRequest, found: _Found, made: New) -> AccountTask | None:
    if budget_of(request, Caller(user=found.client.user, client=found.client)).left < 0:
        return None
    account_task = registration.save(made)
    clients.note_use(found.client, now=found.at)
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
    members = plain.members_of(body, media_type) if len(body) == int(length) else None
    return None if members is None else plain.read(members)


def _caller_and_task(digest: str, task_id: UUID) -> QuerySet[AccessToken, tuple[Any, ...]]:
    task = Task.objects.enabled().filter(pk=task_id).order_by()
    name, schema = Subquery(task.values("name")), Subquery(task.values(text=Cast("parameter_schema", TextField())))
    tokens = AccessToken.objects.live().that_change().filter(digest=digest)
    moment = () if connection.vendor == "postgresql" else (Now(),)
    return tokens.values_list(*moment, *bearers.FACTS, name, schema)


def _then() -> str:
    """What the statement of `_ask` does with what it has found, in parts of a WITH."""
    same = f"found::text = %s AND STATEMENT_TIMESTAMP() BETWEEN %s AND %s AND {ALLOWED}"
    return f"wanted AS (SELECT FROM found WHERE {same}), {registration.saving('wanted')}"


@cache
def _number() -> int:
    """Of its parameters."""
    return _then().count("%s")


@cache
def _statement() -> Prepared:
    """On SQLite it only finds: there is no statement that does two things."""
    around = "{}"
    if connection.vendor == "postgresql":
        columns = ("found::text", "STATEMENT_TIMESTAMP()", "EXISTS (SELECT FROM row0)")
        around = limits.counting(*KEYS, then=_then(), columns=columns)
    return Prepared(
        _caller_and_task,
        fields=(bearers.DIGEST, Task._meta.get_field("id")),
        stand_ins=("a digest", UUID(int=2**128 - 1)),
        around=around,
    )
