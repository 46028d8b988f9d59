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

from clients_app import limits, second_factors
from clients_app.callers import caller_signed_in
from clients_app.exceptions import NothingToConfirm, SecondFactorInUse, WrongCode
from clients_app.models import User
from clients_app.pages.forms import ConfirmForm, PasswordForm

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
    form, user = ConfirmForm(request, request.POST), cast(User, request.user)
    if not form.is_valid():
        return _page(request, form)
    try:
        code, now = form.cleaned_data["code"], timezone.now()
        codes = second_factors.confirm(user, code, by=caller_signed_in(request), now=now)
    except NothingToConfirm as error:
        messages.error(request, ON_ALREADY if second_factors.is_on(user) else str(error))
        return redirect("second-factor")
    except WrongCode as error:
        form.add_error("code", str(error))
    except limits.LimitReached as error:
        form.add_error("code", f"That was wrong too often: try again in {error.minutes} minutes.")
    else:
        return render(request, "pages/recovery_codes.html", {"codes": codes})
    return _page(request, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    if not second_factors.is_on(user):
        return redirect("second-factor")
    form = PasswordForm(request, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "pages/second_factor_remove.html", {"form": form})
    second_factors.remove(user, by=caller_signed_in(request))
    messages.success(request, "Your second factor is removed: the password is enough from now on.")
    return redirect("second-factor")


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
