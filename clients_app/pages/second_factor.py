"""One's own second factor: set up, confirmed, removed."""

from typing import cast

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients_app import accounts, limits, second_factors, sessions
from clients_app.callers import Caller, caller_signed_in
from clients_app.exceptions import NothingToConfirm, SecondFactorInUse, WrongCode
from clients_app.models import User
from clients_app.pages.forms import ConfirmForm

TOO_OFTEN = "That was wrong too often: try again in {}."
ON_ALREADY = "It is on already. If you have not seen the recovery codes, remove it and set it up again."


@never_cache
@login_required
@require_safe
def shown(request: HttpRequest) -> HttpResponse:
    return _page(request, ConfirmForm(request))


@login_required
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    try:
        second_factors.begin(cast(User, request.user))
    except SecondFactorInUse as error:
        messages.error(request, str(error))
    return redirect("second-factor")


@never_cache
@login_required
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """With the right code it is on, and the recovery codes are shown in this one answer."""
    form, user, caller = ConfirmForm(request, request.POST), cast(User, request.user), caller_signed_in(request)
    if not form.is_valid():
        return _page(request, form)
    try:
        code, now = form.cleaned_data["code"], timezone.now()
        codes = second_factors.confirm(user, code, by=caller, now=now)
        accounts.end_sessions(user, by=caller, but=sessions.stored_key(request))
    except NothingToConfirm as error:
        messages.error(request, ON_ALREADY if second_factors.is_on(user) else str(error))
        return redirect("second-factor")
    except WrongCode as error:
        form.add_error("code", str(error))
    except limits.LimitReached as error:
        form.add_error("code", TOO_OFTEN.format(error.minutes))
    else:
        return render(request, "pages/recovery_codes.html", {"codes": codes})
    return _page(request, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest) -> HttpResponse:
    """It takes both factors, like a sign-in: the password alone could have been watched."""
    user, caller = cast(User, request.user), caller_signed_in(request)
    if not second_factors.is_on(user):
        return redirect("second-factor")
    form = ConfirmForm(request, request.POST if request.method == "POST" else None)
    if not form.is_valid() or not _is_right(form, user, caller):
        return render(request, "pages/second_factor_remove.html", {"form": form})
    second_factors.remove(user, by=caller)
    accounts.end_sessions(user, by=caller, but=sessions.stored_key(request))
    messages.success(request, "Your second factor is removed: the password is enough. Elsewhere you are signed out.")
    return redirect("second-factor")


def _is_right(form: ConfirmForm, user: User, caller: Caller) -> bool:
    """Whether its code is, which is used up by that; else the form says what is wrong."""
    try:
        second_factors.check(user, form.cleaned_data["code"], by=caller, now=timezone.now())
    except WrongCode as error:
        form.add_error("code", str(error))
    except limits.LimitReached as error:
        form.add_error("code", TOO_OFTEN.format(error.minutes))
    return form.is_valid()


def _page(request: HttpRequest, form: ConfirmForm) -> HttpResponse:
    user = cast(User, request.user)
    key = second_factors.key_to_confirm(user)
    context = {
        "form": form,
        "is_on": second_factors.is_on(user),
        "key": " ".join(key[at : at + 4] for at in range(0, len(key), 4)) if key else "",
        "qr": _qr_code(second_factors.address_of(user, key)) if key else "",
    }
    return render(request, "pages/second_factor.html", context)


def _qr_code(text: str) -> SafeString:
    """An SVG with nothing in it but numbers: black on white, whatever the colours of the page."""
    drawn = segno.make(text, error="m").svg_inline(scale=5, light="#fff", title="QR code of the key, for your app")
    return SafeString(drawn)
