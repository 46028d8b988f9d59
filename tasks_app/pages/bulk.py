"""Many account tasks at once: what will happen, how far it is, what was refused, and the way back."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients_app.callers import caller_signed_in
from clients_app.exceptions import KeyInProgress, Refusal
from clients_app.models.keys import new_key
from clients_app.pages.answers import saying
from clients_app.pages.once import once
from tasks_app import bulk, clock
from tasks_app.exceptions import MoreThanExpected
from tasks_app.models.bulk_change import UNDONE_BY, Verb
from tasks_app.pages import own
from tasks_app.pages.bulk_form import BulkForm

LATEST, SAID, NAMED = 50, 100, 10  # changes of the list, refusals of a page, account tasks by name
LONGEST_SAID = 500  # characters of a message: it travels in a cookie


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    changes = own.bulk_changes(request).select_related("user")[:LATEST]
    return render(request, "pages/bulk_changes.html", {"changes": changes})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """What will happen to how many; then it is begun."""
    account = caller_signed_in(request).account
    form = BulkForm(request.POST if request.method == "POST" else request.GET, account=account)
    if not form.is_valid():
        messages.error(request, f"Nothing was changed. {form.problems}"[:LONGEST_SAID])
        return redirect("account-tasks")
    if request.method == "POST":
        return _begin(request, form)
    rows, verb = form.chosen_of(own.account_tasks(request)), form.cleaned_data["verb"]
    count = rows.count()
    if not count:
        messages.error(request, "Choose tasks first: nothing was changed.")
        return redirect("account-tasks")
    as_they_are = rows.filter(is_enabled=verb == Verb.RESUME).count() if verb in (Verb.PAUSE, Verb.RESUME) else 0
    context = {
        "form": form,
        "verb": verb,
        "count": min(count, bulk.MOST),
        "left_out": max(count - bulk.MOST, 0),
        "as_they_are": as_they_are,
        "named": rows.order_by("-created_at", "-pk")[:NAMED],
        "unnamed": max(min(count, bulk.MOST) - NAMED, 0),
        "key": new_key(),
    }
    return render(request, "pages/bulk_new.html", context)


@require_safe
def reviewed(request: HttpRequest, id: UUID) -> HttpResponse:
    """How far it is, and what came of it."""
    change = get_object_or_404(own.bulk_changes(request).select_related("user", "undo_of"), pk=id)
    refused = change.items.exclude(refusal="").select_related("account_task__task")[:SAID]
    context = {
        "change": change,
        "refused": refused,
        "undo": change.undo,
        "is_undoable": change.is_undoable,
        "reverse": UNDONE_BY.get(Verb(change.verb)),
    }
    return render(request, "pages/bulk_change.html", context)


@require_POST
def stop(request: HttpRequest, id: UUID) -> HttpResponse:
    change = get_object_or_404(own.bulk_changes(request), pk=id)
    with saying(request, "It is stopped. What was done stays done; what was not stays as it is."):
        bulk.stop(change, by=caller_signed_in(request), now=clock.now())
    return redirect("account-tasks-bulk-change", id)


@require_POST
def undo(request: HttpRequest, id: UUID) -> HttpResponse:
    change, now = get_object_or_404(own.bulk_changes(request), pk=id), clock.now()
    try:
        other = bulk.undo(change, by=caller_signed_in(request), now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("account-tasks-bulk-change", id)
    bulk.finish(other, now=now)
    return redirect("account-tasks-bulk-change", other.pk)


def _begin(request: HttpRequest, form: BulkForm) -> HttpResponse:
    by, now, asked = caller_signed_in(request), clock.now(), form.cleaned_data
    rows = form.chosen_of(own.account_tasks(request))
    try:
        with once("bulk", asked["key"] or new_key(), by=by, now=now) as answer:
            if not answer.is_there:
                expected = asked["expected"] or 0
                change = bulk.begin(account_tasks=rows, verb=asked["verb"], expected=expected, by=by, now=now)
                answer.detail = str(change.pk)
    except KeyInProgress:
        messages.success(request, "It is being done already.")
        return redirect("account-tasks-bulk")
    except MoreThanExpected as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('account-tasks-bulk-new')}?{urlencode(list(form.hidden))}")
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("account-tasks")
    bulk.finish(own.bulk_changes(request).get(pk=answer.detail), now=now)
    return redirect("account-tasks-bulk-change", answer.detail)
