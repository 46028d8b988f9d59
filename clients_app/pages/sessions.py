"""One's own sessions: where somebody is signed in, and an end of what they are not working with."""

from datetime import timedelta
from typing import Any, Final, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clients_app import accounts, sessions
from clients_app.callers import caller_signed_in
from clients_app.models import Session, User
from clients_app.pages.forms import PasswordForm

ALL: Final = "all"

# What a User-Agent holds, the more telling first: each browser also says that it is some of those after it.
BROWSERS: Final = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS: Final = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS X": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


class EndForm(PasswordForm):
    """Of one, or of all but this one; with the password, since a stranger at an open screen must not lock out."""

    session = forms.ChoiceField(label="Session", error_messages={"required": "Choose one.", "invalid_choice": "Over."})

    field_order = ("session", "password")

    def __init__(self, others: list[Session], *args: Any) -> None:
        super().__init__(*args)
        cast(forms.ChoiceField, self.fields["session"]).choices = [
            (ALL, "All others"),
            *((row.pk, words_of(row.browser)) for row in others),
        ]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    user, caller, own = cast(User, request.user), caller_signed_in(request), sessions.stored_key(request)
    live = sessions.live_of(user)
    others = [row for row in live if row.pk != own]
    form = EndForm(others, request, request.POST if request.method == "POST" else None)
    if form.is_valid():
        chosen = form.cleaned_data["session"]
        accounts.end_sessions(user, by=caller, but=own, only="" if chosen == ALL else chosen)
        messages.success(request, "You are signed out " + ("everywhere else." if chosen == ALL else "there."))
        return redirect("sessions")
    context = {
        "sessions": [(row, words_of(row.browser)) for row in live],
        "own": own,
        "others": others,
        "form": form,
        "idle_hours": settings.SESSION_IDLE // timedelta(hours=1),
    }
    return render(request, "pages/sessions.html", context)


def words_of(user_agent: str) -> str:
    """Which browser on which system, as far as it says so."""
    browser = next((name for part, name in BROWSERS.items() if part in user_agent), "Another program")
    system = next((name for part, name in SYSTEMS.items() if part in user_agent), "")
    return f"{browser} on {system}" if system else browser
