"""The doors."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path, re_path

from clients_app.api.views import token
from config.api.views import UnknownPath


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process is up; it asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


# In lower case and without a trailing slash: config.api.paths brings every path of the API into this form.
of_the_api = [
    path("admin/", include("tasks_app.api.urls")),
    path("admin/", include("clients_app.api.urls")),
]
urlpatterns = [
    re_path(r"^api/v[12]/", include(of_the_api)),
    re_path(r"^api(?:/|$)", UnknownPath.as_view()),
    path("token", token),
    path("oauth/token", token),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("", home),
]
handler400 = "config.api.views.bad_request"
handler500 = "config.api.views.server_error"
