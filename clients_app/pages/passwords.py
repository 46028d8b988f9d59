"""One's own password: changed, forgotten, and chosen by the link of a letter."""

from typing import cast
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clients_app import accounts, limits, secrets
from clients_app.callers import address_of, caller_signed_in
from clients_app.exceptions import LinkOver
from clients_app.links import INVITATION, RESET, Link
from clients_app.models import User
from clients_app.pages.forms import ChangeForm, ForgottenForm

IN_SESSION = "choose"  # stands in the address where the token was: addresses get into logs and Referer headers
TOKEN = "token of a link"  # noqa: S105 (its name in the session)

for_forms = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@for_forms
def changed(request: HttpRequest) -> HttpResponse:
    """Another password; the sessions elsewhere end."""
    user = cast(User, request.user)
    form = ChangeForm(request, request.POST or None)
    if form.is_valid():
        accounts.change_password(user, form.cleaned_data["new_password1"], by=caller_signed_in(request))
        update_session_auth_hash(request, user)
        messages.success(request, "Your password is changed. You are signed out everywhere else.")
        return redirect("home")
    return render(request, "pages/password.html", {"form": form})


@for_forms
def forgotten(request: HttpRequest) -> HttpResponse:
    """A letter with a link; whether somebody has the address is not told."""
    form = ForgottenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        email, address, origin = form.cleaned_data["email"], address_of(request), origin_of(request)
        try:
            accounts.order_password_reset(email, address=address, origin=origin, now=timezone.now())
        except limits.LimitReached as error:
            form.add_error("email", f"Too many letters were asked for: try again in {error.minutes}.")
        else:
            return render(request, "pages/letter_sent.html", {"email": email, "hours": RESET.hours})
    return render(request, "pages/password_forgotten.html", {"form": form})


@never_cache
@for_forms
def reset(request: HttpRequest, id: UUID, token: str) -> HttpResponse:
    return _by_link(request, RESET, id, token)


@never_cache
@for_forms
def invitation(request: HttpRequest, id: UUID, token: str) -> HttpResponse:
    return _by_link(request, INVITATION, id, token)


def origin_of(request: HttpRequest) -> str:
    """What links in letters begin with: the address that whoever asks has come to."""
    return request.build_absolute_uri("/").removesuffix("/")


def _by_link(request: HttpRequest, link: Link, user_id: UUID, token: str) -> HttpResponse:
    """The link is good: its token moves to the session, and then the form comes."""
    offered = _kept(request) if token == IN_SESSION else token
    user = link.holder(user_id, offered)
    if user is None:
        return _is_over(request, link)
    if token != IN_SESSION:
        request.session[TOKEN] = secrets.encrypt(token)  # sessions are rows of a table
        return redirect(link.page, user_id, IN_SESSION)
    form = SetPasswordForm(user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "pages/password_by_link.html", {"form": form, "link": link, "holder": user})
    chosen, address = form.cleaned_data["new_password1"], address_of(request)
    try:
        accounts.set_password_by_link(link, user_id, offered, chosen, address=address)
    except LinkOver:
        return _is_over(request, link)
    request.session.pop(TOKEN, None)
    messages.success(request, "Your password is set: sign in with it.")
    return redirect("sign-in")


def _kept(request: HttpRequest) -> str:
    """The token that the session keeps; empty if it keeps none, or one from before a change of ENCRYPTION_KEYS."""
    try:
        return secrets.decrypt(request.session.get(TOKEN) or "")
    except InvalidToken:
        return ""


def _is_over(request: HttpRequest, link: Link) -> HttpResponse:
    return render(request, "pages/link_over.html", {"link": link}, status=410)
