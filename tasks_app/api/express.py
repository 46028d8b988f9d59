"""
The express lane of `POST /api/v2/admin/tasks/account`: the same call, without what Django and DRF do for calls of any
kind, which takes four times as long as all that this one is for. It takes what integrations send all the time, and
answers what has gone well; before anything is written it leaves whatever else comes to the usual road.

Calls that come while others are at the database wait for these, and are done together then: one thread looks up all
their callers and tasks, counts, and writes all that they register, in one transaction.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.core.exceptions import DisallowedHost, ValidationError
from django.db import DatabaseError, DataError, IntegrityError
from django.db.models import QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Now
from django.http import HttpRequest

from clients_app import bearers, clients, rows, secrets, statements
from clients_app.callers import Caller, address_of
from clients_app.models import AccessToken, Client
from clients_app.permissions import refusal_of
from clients_app.prepared import Prepared
from clients_app.throttles import budgets_of
from clients_app.together import Together
from tasks_app import registration, schema_checks
from tasks_app.api import plain
from tasks_app.models import AccountTask, Task
from tasks_app.registration import AskedOfTask, New

PATHS: Final = frozenset({"/api/v1/admin/tasks/account", "/api/v2/admin/tasks/account"})
LONGEST: Final = 2**16  # bytes of a body
MOST: Final = 16  # calls that are done together

Seat = Callable[[], AbstractContextManager[None]]


class _Call(NamedTuple):
    request: HttpRequest
    digest: str
    asked: AskedOfTask
    seat: Seat


@dataclass
class _Ready:
    """A call that nothing speaks against but the number of those before. outcome: what has come of it."""

    call: _Call
    client: Client
    caller: Caller
    made: New
    outcome: AccountTask | Exception | None = None


def register(request: HttpRequest, media_type: str, *, seat: Seat = nullcontext) -> AccountTask | None:
    """
    media_type: of the body, without parameters. seat: to be taken for as long as the database is asked. None if the
    call has to go the usual road; then nothing is written, but the call may have been counted, which is not done again
    there.
    """
    asked = _asked(request, media_type)
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if asked is None or scheme != "Bearer" or "HTTP_IDEMPOTENCY_KEY" in request.META:
        return None
    return _together(_Call(request, secrets.digest(token), asked, seat))


def _several(calls: Sequence[_Call]) -> list[AccountTask | Exception | None]:
    """What comes of each."""
    with calls[0].seat():
        found = _statement().first_of_each([(call.digest, call.asked["task_id"]) for call in calls])
        ready = [_ready(call, row) for call, row in zip(calls, found, strict=True)]
        _write([each for each in ready if isinstance(each, _Ready)])
    return [each.outcome if isinstance(each, _Ready) else each for each in ready]


def _ready(call: _Call, row: tuple[Any, ...] | None) -> _Ready | Exception | None:
    """None if it has to be refused. No call must be another's misfortune, which is why an error is a result."""
    if row is None:
        return None
    at, *of_bearer, name, schema = row
    client = bearers.client_of(tuple(of_bearer))
    if schema is None or refusal_of(client.user, "POST"):
        return None
    caller = Caller(user=client.user, client=client, address=address_of(call.request), at=at)
    try:
        task: Task = rows.stored(Task, ("id", "name"), (call.asked["task_id"], name))
        task.parameter_schema = schema_checks.known(schema)
        made = registration.new(task, client=client, by=caller, now=at, **registration.without_task(call.asked))
    except ValidationError:
        return None
    except Exception as error:
        return error
    return _Ready(call, client, caller, made)


def _write(ready: Sequence[_Ready]) -> None:
    """
    Count the calls, and write what those register that are within their limits. A call whose rows somebody else holds
    waits for them on the usual road.
    """
    if not ready:
        return
    try:
        for each in ready:
            clients.note_use(each.client, now=each.made.account_task.created_at)
        new = registration.saving(*[each.made for each in ready])
        budgets = budgets_of([(each.call.request, each.caller) for each in ready], then=new)
    except (DatabaseError, ValueError) as error:
        is_held_up = statements.is_held_up(error)
        if not (is_held_up or isinstance(error, IntegrityError | DataError | ValueError)):
            raise  # it may have been done
        if len(ready) > 1:  # then nothing was done, because of one of them
            for each in ready:
                _write([each])
        elif not is_held_up:
            ready[0].outcome = error
        return
    is_written = all(budget.left >= 0 for budget in budgets)
    for each, budget in zip(ready, budgets, strict=True):
        if budget.left >= 0:
            each.outcome = registration.saved(each.made) if is_written else _saved_alone(each.made)


def _saved_alone(made: New) -> AccountTask | Exception | None:
    """Of a call that was counted already; the outcome."""
    try:
        registration.save(made)
    except (DatabaseError, ValueError) as error:
        return None if statements.is_held_up(error) else error
    return made.account_task


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
    return tokens.values_list(Now(), *bearers.FACTS, name, schema)


@cache
def _statement() -> Prepared:
    return Prepared(
        _caller_and_task,
        fields=(bearers.DIGEST, Task._meta.get_field("id")),
        stand_ins=("a digest", UUID(int=2**128 - 1)),
    )


_together = Together(_several, most=MOST)
