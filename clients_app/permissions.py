"""What a known caller may do at all; whose rows are whose is decided by the queries."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import PermissionDenied as PageDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from structlog.contextvars import bind_contextvars

from clients_app import looking
from clients_app.callers import Caller
from clients_app.models import User

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module through the settings


def refusal_of(user: User, method: str | None) -> str:
    """Why this user may not do anything, or not that, on the account; empty if there is no reason. For all doors."""
    if not user.is_active:
        return "The user of this client is switched off."
    if user.account is None:
        return "Operators have no account to act on: use the admin site."
    if not user.account.is_enabled:
        return "This account is switched off."
    if method not in SAFE_METHODS and not user.may_change:
        return "Readers see everything and change nothing: ask an administrator of the account."
    return ""


class MayCall(BasePermission):
    """
    In the order of the wire contract: a caller that is known, a method that the endpoint has, a user and an account
    that are switched on, and the right to change something for whoever asks for a change.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        caller = request.auth
        if not isinstance(caller, Caller) or caller.user is None:
            raise NotAuthenticated("Credentials are missing: send Authorization: Bearer and a token from /Token.")
        # request.method is upper case whatever was sent, and methods are case-sensitive.
        if request.META["REQUEST_METHOD"] not in view.allowed_methods:
            raise MethodNotAllowed(request.method or "")
        if reason := refusal_of(caller.user, request.method):
            raise PermissionDenied(reason)
        return True


def for_members(patterns: list[URLPattern]) -> list[URLPattern]:
    """
    These pages are for users of an account that is switched on; only administrators may send a form. Operators who look
    at an account (see `looking`) get in as readers of it.
    """
    for pattern in patterns:
        pattern.callback = members_only(pattern.callback)
    return patterns


def members_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The same check around one view: for an address that others than members have a page at, too."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return _to_sign_in(request)
        if user.account is None:
            reader = looking.reader(request)
            if reader is None:
                return redirect("admin:index")
            if request.method not in SAFE_METHODS:
                raise PageDenied(f"You look at {reader.account} as an operator; nothing can be changed.")
            request.user = reader
        elif reason := refusal_of(user, request.method):
            raise PageDenied(reason)
        bind_contextvars(account=request.user.account_id, user=user.pk)  # type: ignore[union-attr]
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist:  # somebody else has deleted it meanwhile
            raise Http404 from None

    return checked


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """A part of a page that updates itself leads all of it there: it would find nothing of its own on that page."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    if htmx:
        return HttpResponseClientRedirect(redirect_to_login(htmx.current_url_abs_path or "/").url)
    return redirect_to_login(request.get_full_path())
