"""Registering, editing and duplicating an account task."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from clients_app import idempotency
from clients_app.callers import caller_signed_in
from clients_app.exceptions import KeyInProgress, KeyOfAnother, Refusal
from clients_app.models import Client, User
from clients_app.permissions import refusal_of
from clients_app.templatetags import moments
from tasks_app import clock, registration
from tasks_app.exceptions import VersionConflict
from tasks_app.models import AccountTask, Task
from tasks_app.pages import choice, drafts, own

SENT_ALREADY = "This form has registered a task already. Send it again if you want another one."
BEING_REGISTERED = "This is being registered at this moment: wait a little, then look at the list of tasks."


def _for_administrators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Around the pages of forms, which are of no use to those who may not send them."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if reason := refusal_of(cast(User, request.user), "POST"):
            raise PermissionDenied(reason)
        return view(request, *args, **kwargs)

    return checked


@_for_administrators
def new(request: HttpRequest) -> HttpResponse:
    """First the choice of the task, then the form."""
    if not _clients(request).exists():
        return render(request, "pages/client_first.html")
    task = choice.chosen(request)
    return _register(request, task, like=None) if task else choice.choice(request)


@_for_administrators
def duplicate(request: HttpRequest, id: UUID) -> HttpResponse:
    row = get_object_or_404(own.account_tasks(request), pk=id)
    if not _clients(request).exists():
        return render(request, "pages/client_first.html")
    return _register(request, row.task, like=row)


@_for_administrators
def edit(request: HttpRequest, id: UUID) -> HttpResponse:
    """version: that which the form was filled from; if another one is there by now, it says so before it is lost."""
    row, now = get_object_or_404(own.account_tasks(request), pk=id), clock.now()
    draft = drafts.draft(request, row.task, like=row, row=row, now=now)
    version = request.POST.get("version", "") if request.method == "POST" else str(row.version)
    context: dict[str, Any] = {"account_task": row, "draft": draft, "version": version, "title": "Edit"}
    asked = draft.asked()
    if asked is None:
        return render(request, "pages/account_task_form.html", context)
    by = caller_signed_in(request)
    try:
        versions = {int(version)} if version.isascii() and version.isdecimal() and len(version) < 10 else set()
        return _saved(request, registration.change(row, by=by, now=now, versions=versions, **asked), "It is saved.")
    except VersionConflict:
        there = own.account_tasks(request).get(pk=row.pk)
        context |= {"conflict": there, "version": there.version}
    except (Refusal, ValidationError) as error:
        draft.refuse(error)
    return render(request, "pages/account_task_form.html", context)


def _register(request: HttpRequest, task: Task, *, like: AccountTask | None) -> HttpResponse:
    draft = drafts.draft(request, task, like=like, row=None, now=clock.now())
    key = _key(request)
    if asked := draft.asked():
        try:
            return _saved(request, _registered_once(request, key, asked), "It is registered.")
        except KeyOfAnother:
            key = _fresh_key()
            draft.refuse(ValidationError(SENT_ALREADY))
        except KeyInProgress:
            draft.refuse(ValidationError(BEING_REGISTERED))
        except (Refusal, ValidationError) as error:
            draft.refuse(error)
    context = {"draft": draft, "key": key, "like": like, "title": "Duplicate" if like else "New task"}
    return render(request, "pages/account_task_form.html", context)


def _registered_once(request: HttpRequest, key: str, asked: dict[str, Any]) -> AccountTask:
    """However often the same form is sent. Raises KeyOfAnother if it was sent before with other things in it."""
    by, now = caller_signed_in(request), clock.now()
    with idempotency.once(caller_id=by.id, key=key, fingerprint=_fingerprint(request), now=now) as answer:
        if not answer.is_there:
            answer.detail = str(registration.register(by=by, now=now, **asked).pk)
            answer.status = 201
    return own.account_tasks(request).get(pk=answer.detail)


def _saved(request: HttpRequest, row: AccountTask, done: str) -> HttpResponse:
    coming = "It has no next run."
    if row.next_run_at:
        zone = row.account.zone
        coming = f"The next run is on {moments.written(row.next_run_at, zone, 'D j M Y, H:i')} ({zone})."
    elif not row.is_enabled:
        coming = "It is paused."
    messages.success(request, f"{done} {coming}")
    return redirect("account-task", row.pk)


def _clients(request: HttpRequest) -> Any:
    return Client.objects.for_account(caller_signed_in(request).account).enabled()


def _key(request: HttpRequest) -> str:
    """Of the form, for as long as it is shown anew."""
    try:
        return f"page {UUID(request.POST.get('key', '').removeprefix('page '))}"
    except ValueError:
        return _fresh_key()


def _fresh_key() -> str:
    return f"page {uuid4()}"


def _fingerprint(request: HttpRequest) -> str:
    sent = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    return hashlib.sha256(json.dumps([request.get_full_path(), sent]).encode()).hexdigest()
