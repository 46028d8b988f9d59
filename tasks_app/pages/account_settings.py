"""The settings of an account: its name, its time zone with what that does to next runs, and its signing secret."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from clients_app import accounts
from clients_app.callers import caller_signed_in
from clients_app.exceptions import KeyInProgress
from clients_app.models import Account
from clients_app.pages.client_forms import OnceForm
from clients_app.pages.clients import SHOWN_BEFORE, SHOWN_NOW
from clients_app.pages.once import once
from clients_app.templatetags.moments import written
from tasks_app import clock, rescheduling
from tasks_app.models import AccountTask
from tasks_app.pages import own
from tasks_app.pages.account_form import AccountForm, time_zones
from tasks_app.pages.durations import lasting

PREVIEWED = 10  # account tasks, those that run next
STYLE = "D j M Y H:i T"


@dataclass(frozen=True)
class Move:
    """What another time zone does to the next run of an account task. Both moments are written in their zone."""

    account_task: AccountTask
    now: str
    then: str
    difference: str


@require_http_methods(["GET", "HEAD", "POST"])
def shown(request: HttpRequest) -> HttpResponse:
    """What they are; a form changes them."""
    caller, now = caller_signed_in(request), clock.now()
    form = _form(request)
    if form.is_valid():
        try:
            moved = rescheduling.change_account(caller.account, by=caller, now=now, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"The settings are saved. Next runs that moved: {moved}.")
            return redirect("settings")
    return _page(request, form, now)


@require_POST
def previewed(request: HttpRequest) -> HttpResponse:
    """The same page with what the form would do. Nothing is saved."""
    return _page(request, _form(request), clock.now())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request: HttpRequest) -> HttpResponse:
    """A fresh signing secret, in this one answer."""
    caller, now, form = caller_signed_in(request), clock.now(), OnceForm(request.POST or None)
    if not form.is_valid():
        return render(request, "pages/signing_secret_rotate.html", {"form": form})
    try:
        with once("signing secret", form.cleaned_data["key"], by=caller, now=now) as answer:
            if answer.is_there:
                messages.error(request, SHOWN_BEFORE)
                return redirect("settings")
            secret = accounts.rotate_signing_secret(caller.account, by=caller)
    except KeyInProgress:
        messages.error(request, SHOWN_NOW)
        return redirect("settings")
    return render(request, "pages/signing_secret.html", {"secret": secret})


@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: HttpRequest) -> HttpResponse:
    caller = caller_signed_in(request)
    if request.method != "POST":
        return render(request, "pages/signing_secret_retire.html")
    accounts.retire_signing_secret(caller.account, by=caller)
    messages.success(request, "From now on the current signing secret alone signs.")
    return redirect("settings")


def _form(request: HttpRequest) -> AccountForm:
    account = caller_signed_in(request).account
    return AccountForm(request.POST or None, initial={"name": account.name, "time_zone": account.time_zone})


def _page(request: HttpRequest, form: AccountForm, now: datetime) -> HttpResponse:
    account, zone = caller_signed_in(request).account, _new_zone(request, form)
    context = {"form": form, "time_zones": time_zones(), "account": account, "new_zone": zone}
    if zone:
        coming = own.account_tasks(request).filter(next_run_at__isnull=False)
        rows = coming.order_by("next_run_at", "pk")[:PREVIEWED]
        context["moves"] = [_move(row, account, zone, now) for row in rows]
        context["further"] = max(coming.count() - PREVIEWED, 0)
    return render(request, "pages/settings.html", context)


def _new_zone(request: HttpRequest, form: AccountForm) -> ZoneInfo | None:
    """The zone that was chosen; None if that is none, or the one that the account has."""
    if not form.is_bound or "time_zone" in form.errors:
        return None
    zone = ZoneInfo(form.cleaned_data["time_zone"])
    return None if zone == caller_signed_in(request).account.zone else zone


def _move(row: AccountTask, account: Account, zone: ZoneInfo, now: datetime) -> Move:
    before, after = row.next_run_at, row.next_run_in(zone, now)
    assert before is not None  # noqa: S101 (the choice of rows)
    text = written(before, account.zone, STYLE)
    if after is None:
        return Move(row, text, "none", "no slot is left")
    difference = "the same moment"
    if after != before:
        difference = f"{lasting(abs(after - before))} {'later' if after > before else 'earlier'}"
    return Move(row, text, written(after, zone, STYLE), difference)
