"""Signing in and out, and one's own password."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clients_app import accounts
from clients_app.callers import caller_signed_in
from clients_app.models import User
from clients_app.pages.forms import SignInForm

sign_in = LoginView.as_view(
    template_name="pages/sign_in.html", authentication_form=SignInForm, redirect_authenticated_user=True
)
sign_out = LogoutView.as_view(next_page="sign-in")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Another password; the sessions elsewhere end."""
    user = cast(User, request.user)
    form = PasswordChangeForm(user, request.POST or None)
    if form.is_valid():
        accounts.change_password(user, form.cleaned_data["new_password1"], by=caller_signed_in(request))
        update_session_auth_hash(request, user)
        messages.success(request, "Your password is changed. You are signed out everywhere else.")
        return redirect("home")
    return render(request, "pages/password.html", {"form": form})
