"""The way out for an operator who looks at the pages of an account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clients_app import looking


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    account_id = looking.end(request)
    return redirect("admin:clients_app_account_change", account_id) if account_id else redirect("home")
