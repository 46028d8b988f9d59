"""The users of the account, and one's own profile."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients_app import accounts, second_factors
from clients_app.callers import caller_signed_in
from clients_app.exceptions import TooManyLetters
from clients_app.models import SecondFactor, User
from clients_app.pages.answers import saying
from clients_app.pages.forms import InvitationForm, RoleForm
from clients_app.pages.lists import asked_page
from clients_app.pages.passwords import origin_of
from clients_app.paging import SortKey

SORT_KEYS = {"Email": SortKey("email", str)}


def own_users(request: HttpRequest) -> QuerySet[User]:
    users = User.objects.filter(account=caller_signed_in(request).account).select_related("account")
    factors = SecondFactor.objects.confirmed().filter(user=OuterRef("pk"))
    return users.annotate(has_second_factor=Exists(factors))


@login_required
@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    return render(request, "pages/profile.html", {"has_second_factor": second_factors.is_on(user)})


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    page = asked_page(request, own_users(request).filter, {}, keys=SORT_KEYS, sort="Email")
    if page is None:
        return redirect("users")
    return render(request, "pages/users.html", {"page": page})


@require_safe
def shown(request: HttpRequest, id: UUID) -> HttpResponse:
    """One of them, and what can be done."""
    member = get_object_or_404(own_users(request), pk=id)
    clients = member.clients.enabled().count()
    form = RoleForm(initial={"role": member.role})
    return render(request, "pages/user.html", {"member": member, "clients": clients, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        caller, origin, now = caller_signed_in(request), origin_of(request), timezone.now()
        try:
            user = accounts.invite_user(account=caller.account, by=caller, origin=origin, now=now, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except TooManyLetters as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"An invitation to {user.email} is on its way.")
            return redirect("users")
    return render(request, "pages/user_invite.html", {"form": form})


@require_POST
def invite_again(request: HttpRequest, id: UUID) -> HttpResponse:
    member = get_object_or_404(own_users(request), pk=id)
    with saying(request, f"Another invitation to {member.email} is on its way."):
        accounts.invite_again(member, by=caller_signed_in(request), origin=origin_of(request), now=timezone.now())
    return redirect("user", member.pk)


@require_POST
def change_role(request: HttpRequest, id: UUID) -> HttpResponse:
    member = get_object_or_404(own_users(request), pk=id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the roles.")
        return redirect("user", member.pk)
    with saying(request, f"The role of {member.email} is changed."):
        accounts.change_role(member, form.cleaned_data["role"], by=caller_signed_in(request))
    return redirect("user", member.pk)


@require_POST
def sign_out(request: HttpRequest, id: UUID) -> HttpResponse:
    """Everywhere: a phone or a laptop was lost."""
    member = get_object_or_404(own_users(request), pk=id)
    with saying(request, f"{member.email} is signed out everywhere."):
        accounts.end_sessions(member, by=caller_signed_in(request))
    return redirect("user", member.pk)


@require_POST
def switch_off(request: HttpRequest, id: UUID) -> HttpResponse:
    return _set_active(request, id, False, "is switched off, and can be switched on again here.")


@require_POST
def switch_on(request: HttpRequest, id: UUID) -> HttpResponse:
    return _set_active(request, id, True, "is switched on.")


def _set_active(request: HttpRequest, id: UUID, is_active: bool, said: str) -> HttpResponse:
    member = get_object_or_404(own_users(request), pk=id)
    with saying(request, f"{member.email} {said}"):
        accounts.set_active(member, is_active, by=caller_signed_in(request))
    return redirect("user", member.pk)
