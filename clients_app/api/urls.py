from django.urls import path

from clients_app.api import converters  # noqa: F401 (makes <guid:…> known)
from clients_app.api.views import ClientRotateView, ClientsView, ClientView

urlpatterns = [
    path("clients", ClientsView.as_view()),
    path("clients/<guid:id>", ClientView.as_view()),
    path("clients/<guid:id>/rotate", ClientRotateView.as_view()),
]
