"""Signing in and out. Whoever has a second factor is let in after its code, at the admin site too."""

import logging
from datetime import datetime, timedelta

from django.contrib import admin, messages
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clients_app import limits, second_factors
from clients_app.callers import Caller, address_of
from clients_app.exceptions import WrongCode
from clients_app.models import User
from clients_app.pages.forms import CodeForm, OperatorSignInForm, SignInForm

log = logging.getLogger(__name__)

PENDING = "sign-in that waits for a code"  # its name in the session
PATIENCE = timedelta(minutes=5)


class SignIn(LoginView):
    """The first step: with a second factor the right password lets nobody in yet."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if not second_factors.is_on(user):
            return super().form_valid(form)
        log.info("right password, the code has to follow", extra={"user": user.pk})
        self.request.session.cycle_key()
        self.request.session[PENDING] = {
            "user": user.pk.hex,
            "proof": user.get_session_auth_hash(),  # another password meanwhile ends it
            "backend": user.backend,
            "at": timezone.now().isoformat(),
            "next": self.get_success_url(),
        }
        return redirect("sign-in-code")


sign_in = SignIn.as_view(
    template_name="pages/sign_in.html", authentication_form=SignInForm, redirect_authenticated_user=True
)
sign_out = LogoutView.as_view(next_page="sign-in")


@never_cache
def operator_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Stands where the admin site's own sign-in would be, with its page."""
    if request.method == "GET" and admin.site.has_permission(request):
        return redirect("admin:index")
    page = {"title": "Log in", "subtitle": None, "app_path": request.get_full_path()}
    view = SignIn.as_view(
        template_name="admin/login.html",
        authentication_form=OperatorSignInForm,
        next_page="admin:index",
        extra_context=admin.site.each_context(request) | page,
    )
    return view(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step: the code of the second factor."""
    now = timezone.now()
    user = _pending_user(request, now)
    if user is None:
        messages.error(request, "Sign in once more: the code has to follow within 5 minutes.")
        return redirect("sign-in")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            caller = Caller(user=user, address=address_of(request))
            second_factors.check(user, form.cleaned_data["code"], by=caller, now=now)
        except WrongCode as error:
            log.warning("wrong code of the second factor", extra={"user": user.pk})
            form.add_error("code", str(error))
        except limits.LimitReached as error:
            log.warning("too many wrong codes of the second factor", extra={"user": user.pk})
            form.add_error("code", f"That was wrong too often: try again in {error.minutes}.")
        else:
            pending = request.session.pop(PENDING)
            login(request, user, backend=pending["backend"])
            return redirect(pending["next"])
    return render(request, "pages/sign_in_code.html", {"form": form})


def _pending_user(request: HttpRequest, now: datetime) -> User | None:
    """Who has shown the right password lately; None if that is too long ago, or not true any more."""
    pending = request.session.get(PENDING)
    if pending is None or now - datetime.fromisoformat(pending["at"]) > PATIENCE:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).select_related("account").first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), pending["proof"]):
        return None
    return user if second_factors.is_on(user) else None
