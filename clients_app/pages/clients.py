"""Clients at the pages. A secret is in the one answer that makes it, and never again."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from clients_app import clients
from clients_app.callers import caller_signed_in
from clients_app.exceptions import KeyInProgress
from clients_app.models import Client
from clients_app.models.client import ClientQuerySet
from clients_app.pages.client_forms import ClientForm, NewClientForm, OnceForm
from clients_app.pages.lists import asked_page
from clients_app.pages.once import once
from clients_app.paging import SortKey

SORT_KEYS = {"DateCreated": SortKey("created_at")}
SHOWN_BEFORE = "You have sent this form before: it is done, and the secret was shown then, and only then."
SHOWN_NOW = "This is being done at this moment: the answer to the form that came first shows the secret."


def own_clients(request: HttpRequest) -> ClientQuerySet:
    return Client.objects.for_account(caller_signed_in(request).account).select_related("user", "account")


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Those that are good, or with `?revoked` those that are not any more."""
    is_revoked = "revoked" in request.GET
    filters = {"revoked_at__isnull": not is_revoked}
    page = asked_page(request, own_clients(request).filter, filters, keys=SORT_KEYS, sort="-DateCreated")
    if page is None:
        return redirect("clients")
    return render(request, "pages/clients.html", {"page": page, "is_revoked": is_revoked, "now": timezone.now()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    caller, now = caller_signed_in(request), timezone.now()
    form = NewClientForm(caller.account, request.POST or None, initial={"user_id": caller.id})
    if not form.is_valid():
        return render(request, "pages/client_new.html", {"form": form})
    given = dict(form.cleaned_data)
    is_first = not own_clients(request).enabled().exists()
    try:
        with once("client", given.pop("key"), by=caller, now=now) as answer:
            if answer.is_there:
                messages.error(request, SHOWN_BEFORE)
                return redirect("client", answer.detail)
            registered = clients.register(account=caller.account, by=caller, **given)
            answer.detail = str(registered.client.pk)
    except ValidationError as error:
        form.add_error(None, error)
        return render(request, "pages/client_new.html", {"form": form})
    except KeyInProgress:
        messages.error(request, SHOWN_NOW)
        return redirect("clients")
    return _shown_once(request, registered, is_first=is_first)


@require_http_methods(["GET", "HEAD", "POST"])
def changed(request: HttpRequest, id: UUID) -> HttpResponse:
    """One of them, with its name and its user to be changed."""
    client = get_object_or_404(own_clients(request), pk=id)
    caller, stored = caller_signed_in(request), {"name": client.name, "user_id": str(client.user_id)}
    form = ClientForm(caller.account, request.POST or None, initial=stored)
    if client.is_enabled and form.is_valid():
        try:
            clients.change(client, by=caller, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The client is changed.")
            return redirect("clients")
    return render(request, "pages/client.html", {"client": client, "form": form, "now": timezone.now()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request: HttpRequest, id: UUID) -> HttpResponse:
    client = get_object_or_404(own_clients(request).enabled(), pk=id)
    form = OnceForm(request.POST or None)
    if not form.is_valid():
        return render(request, "pages/client_rotate.html", {"client": client, "form": form})
    caller, now = caller_signed_in(request), timezone.now()
    try:
        with once("rotation", form.cleaned_data["key"], by=caller, now=now) as answer:
            if answer.is_there:
                messages.error(request, SHOWN_BEFORE)
                return redirect("client", client.pk)
            rotated = clients.rotate(client, by=caller, now=now)
    except KeyInProgress:
        messages.error(request, SHOWN_NOW)
        return redirect("client", client.pk)
    return _shown_once(request, rotated, is_first=False)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, id: UUID) -> HttpResponse:
    client = get_object_or_404(own_clients(request).enabled(), pk=id)
    if request.method != "POST":
        return render(request, "pages/client_revoke.html", {"client": client})
    clients.revoke(client, by=caller_signed_in(request), now=timezone.now())
    messages.success(request, f"{client.name} is revoked: it and its tokens are refused from now on.")
    return redirect("clients")


def _shown_once(request: HttpRequest, made: clients.NewClient, *, is_first: bool) -> HttpResponse:
    context = {
        "client": made.client,
        "secret": made.secret,
        "is_first": is_first,
        "url": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "pages/client_secret.html", context)
