"""The doors."""

from django.contrib import admin
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import include, path, re_path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from clients_app.api.views import token
from clients_app.models import User
from clients_app.pages import signing_in
from clients_app.permissions import members_only
from config.api import help_pages, schema
from config.api.views import UnknownPath
from config.postgresql.patience import impatient
from tasks_app import clock, health
from tasks_app.pages import overview

LONGEST_ANSWER = 3.0  # seconds that /readyz waits for one of the database: who asks wants to hear of it soon


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process is up; it asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 while tasks are dispatched and runs are begun; else 503, with a line for each thing that is wrong."""
    try:
        with impatient(LONGEST_ANSWER):
            problems = health.problems(clock.now())
    except DatabaseError:
        problems = ["The database can't be reached."]
    text = "\n".join(problems or ["ok"])
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=503 if problems else 200)


of_members = members_only(overview.shown)


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """For strangers what this is; for the people of an account the overview; for operators the admin site."""
    return of_members(request) if isinstance(request.user, User) else render(request, "home.html")


# In lower case and without a trailing slash: config.api.paths brings every path of the API into this form.
of_the_api = [
    path("admin/", include("tasks_app.api.urls")),
    path("admin/", include("clients_app.api.urls")),
]
urlpatterns = [
    re_path(r"^api/v[12]/", include(of_the_api)),
    path("api/schema", schema.document),
    re_path(r"^api(?:/|$)", UnknownPath.as_view()),
    path("token", token),
    path("oauth/token", token),
    path("help", help_pages.index, name="help"),
    path("help/swagger", help_pages.swagger, name="help-swagger"),
    path("help/changes", help_pages.changes, name="help-changes"),
    path("help/errors", help_pages.errors, name="help-errors"),
    path("help/token", help_pages.tokens, name="help-token"),
    path("help/types/<str:name>", help_pages.enumeration, name="help-type"),
    path("help/<slug:slug>", help_pages.endpoint, name="help-endpoint"),
    path("admin/login/", signing_in.operator_sign_in),  # instead of the admin site's own: it asks for a second factor
    # The pages' form counts wrong passwords and leaves a trail; that of the admin site does neither.
    path("admin/password_change/", admin.site.admin_view(RedirectView.as_view(pattern_name="password"))),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("readyz", readyz),
    path("", home, name="home"),
    path("", include("clients_app.pages.urls")),
    path("", include("tasks_app.pages.urls")),
]
handler400 = "config.api.views.bad_request"
handler500 = "config.api.views.server_error"
